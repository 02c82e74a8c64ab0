import FastCGI

/// The style rules that only some pages use.
extension Style {
    static let parts: HTML = """
        .tools {
          display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .75rem 1.5rem;
          margin-top: 1.75rem;
        }
        .tools form { display: flex; gap: .6rem; flex: 1 1 20rem; max-width: 32rem; }
        .search { position: relative; flex: 1; }
        .search svg { position: absolute; left: .8rem; top: .7rem; color: var(--soft); }
        .search input { padding-left: 2.75rem; background: var(--surface); }
        .tools .button { min-height: 2.9rem; }
        .orders { display: flex; border: 1px solid var(--line); border-radius: .7rem; background: var(--surface); overflow: hidden; }
        .orders a {
          display: grid; place-items: center; min-height: 2.8rem; padding: 0 1rem; color: inherit; font-size: .925rem;
          text-decoration: none;
        }
        .orders a + a { border-left: 1px solid var(--line); }
        .orders a:hover { background: color-mix(in srgb, var(--accent) 6%, transparent); }
        .orders a:focus-visible { outline-offset: -3px; }
        .orders a[aria-current] { color: var(--accent); font-weight: 600; background: color-mix(in srgb, var(--accent) 10%, transparent); }
        .team { margin-top: 1.6rem; }
        .team h2 { min-height: 2.5rem; padding-right: 9rem; }
        .team h2 small { font-size: .875rem; font-weight: 400; color: var(--soft); margin-left: .3rem; }
        .team .sheet { margin-top: .6rem; overflow: hidden; }
        .row:last-child { border-bottom: 0; }
        .last, .extension { display: inline-block; max-width: 100%; }
        .files { list-style: none; margin: 0; padding: 0; }
        .row { display: flex; align-items: stretch; border-bottom: 1px solid var(--line); }
        .file {
          flex: 1; min-width: 0; display: grid; grid-template-columns: auto 1fr; align-items: center; gap: .05rem 1rem;
          padding: .7rem 1.15rem; color: inherit; text-decoration: none;
        }
        .file:hover, .get:hover { background: color-mix(in srgb, var(--accent) 6%, transparent); }
        .file:focus-visible, .get:focus-visible { outline-offset: -3px; border-radius: 1rem; }
        .file .tile { grid-row: span 2; }
        .name { font-weight: 600; overflow-wrap: anywhere; line-height: 1.35; white-space: pre-wrap; }
        .file:hover .name { text-decoration: underline; text-decoration-thickness: 1px; }
        .meta { font-variant-numeric: tabular-nums; }
        .file .meta { grid-column: 2; color: var(--soft); font-size: .875rem; }
        .meta span, .meta time { white-space: nowrap; }
        .get { position: relative; display: grid; place-items: center; width: 4rem; color: var(--soft); }
        .get:hover { color: var(--accent); }
        .none { padding: 1.5rem 1.15rem; color: var(--soft); border-bottom: 1px solid var(--line); }
        .sheet.none { margin-top: 2rem; }
        .add { margin-top: -2.5rem; pointer-events: none; }
        .add > * { pointer-events: auto; }
        summary {
          display: flex; align-items: center; gap: .5rem; width: max-content; min-height: 2.5rem; margin-left: auto;
          padding: .3rem 1rem .3rem .8rem; border: 1px solid var(--line); border-radius: .7rem; color: var(--accent);
          font-weight: 600; cursor: pointer; list-style: none;
        }
        summary::-webkit-details-marker { display: none; }
        summary:hover { background: color-mix(in srgb, var(--accent) 6%, transparent); }
        summary:focus-visible { outline-offset: -3px; }
        .add[open] summary svg { transform: rotate(45deg); }
        .add form {
          display: flex; flex-wrap: wrap; align-items: end; gap: .8rem; margin: .6rem 0 .75rem; padding: 1.15rem;
          border: 1px solid var(--line); border-radius: 1rem; background: var(--surface);
        }
        .add label { flex: 1 1 16rem; display: block; }
        .add input { margin-top: .35rem; padding: .45rem; }
        input::file-selector-button {
          min-height: 1.9rem; margin-right: .8rem; padding: .2rem .8rem; border: 1px solid var(--line); border-radius: .45rem;
          font: inherit; font-size: .925rem; font-weight: 600; color: inherit; background: var(--surface); cursor: pointer;
        }
        .slogan { margin-top: 1.5rem; color: var(--soft); font-size: .875rem; text-align: center; }
        .narrow { width: 100%; max-width: 25rem; padding: clamp(1.5rem, 5vw, 2.5rem); }
        .narrow h1 { font-size: 2rem; }
        .emblem {
          display: grid; place-items: center; width: 3.25rem; height: 3.25rem; margin-bottom: 1.25rem; border-radius: 1rem;
          color: var(--accent); background: color-mix(in srgb, var(--accent) 13%, transparent);
        }
        .emblem svg { width: 1.8rem; height: 1.8rem; }
        .back { margin-bottom: 1rem; }
        .back a { display: inline-flex; align-items: center; gap: .5rem; text-decoration: none; font-weight: 600; }
        .back a:hover { text-decoration: underline; }
        .back svg { width: 1.2em; height: 1.2em; }
        .split { display: grid; grid-template-columns: minmax(0, 1fr) 21rem; gap: 2rem; align-items: start; margin-top: 1.5rem; }
        .stage {
          display: grid; align-content: center; justify-items: center; gap: 1rem; min-height: 20rem; overflow: hidden;
          border: 1px solid var(--line); border-radius: 1rem; background: var(--sunk); color: var(--soft);
        }
        .stage:has(img, video, pre, table) { min-height: 0; }
        .stage:has(pre, table) { justify-items: stretch; gap: 0; background: var(--surface); }
        .stage > * { max-width: 100%; }
        .stage img, .stage video { display: block; width: 100%; max-height: 75vh; object-fit: contain; }
        .stage video { background: #000; }
        .stage iframe { width: 100%; height: min(75vh, 46rem); border: 0; }
        .plain, .grid { max-height: min(75vh, 46rem); overflow: auto; color: var(--ink); }
        .plain:focus-visible, .grid:focus-visible { outline-offset: -3px; border-radius: 1rem; }
        .plain {
          margin: 0; padding: 1.15rem 1.35rem; font: .925rem/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
          white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4;
        }
        .grid table { width: 100%; border-collapse: collapse; font-size: .925rem; font-variant-numeric: tabular-nums; }
        .grid th, .grid td { padding: .5rem 1.15rem; border-bottom: 1px solid var(--line); text-align: left; white-space: pre-wrap; }
        .grid thead th { position: sticky; top: 0; color: var(--soft); font-size: .85rem; background: var(--sunk); }
        .grid tbody tr:last-child td { border-bottom: 0; }
        .grid .number { text-align: right; }
        .grid th:has(+ *), .grid td:has(+ *) { border-right: 1px solid color-mix(in srgb, var(--line) 60%, transparent); }
        .more { padding: .7rem 1.15rem; border-top: 1px solid var(--line); font-size: .875rem; }
        .stage audio { width: min(90%, 28rem); }
        .side { display: grid; gap: 1.1rem; }
        .actions { display: flex; flex-wrap: wrap; gap: .6rem; }
        .actions .button { min-height: 2.75rem; flex: 1; }
        fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
        legend { padding: 0; color: var(--soft); font-size: .925rem; }
        .made { display: grid; gap: 1rem; margin-top: 1rem; list-style: none; padding: 0; }
        .made ul { list-style: none; padding: 0; }
        .made .button { margin-top: .5rem; }
        .choices { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem; margin-top: .75rem; }
        .choices label { position: relative; }
        .choices input { position: absolute; inset: 0; min-height: 0; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
        .choices span {
          display: grid; place-items: center; min-height: 2.6rem; border: 1px solid var(--line); border-radius: .7rem;
        }
        .choices input:hover + span { border-color: var(--accent); }
        .choices input:checked + span {
          border-color: var(--accent); color: var(--accent); background: color-mix(in srgb, var(--accent) 10%, transparent);
          box-shadow: inset 0 0 0 1px var(--accent);
        }
        .choices input:focus-visible + span { outline: 3px solid var(--accent); outline-offset: 2px; }
        .notice .link {
          display: block; resize: vertical; field-sizing: content; background: var(--surface); overflow-wrap: anywhere;
          font: .8rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
        }
        .notice p { margin-top: .6rem; font-size: .925rem; }
        .gift { width: 100%; max-width: 40rem; display: grid; gap: 1.25rem; }
        .gift .stage { min-height: 11rem; }
        .gift .stage img, .gift .stage video { max-height: 50vh; }
        .gift .stage iframe { height: 50vh; }
        .from, .until { display: flex; align-items: center; gap: .7rem; }
        .take { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 1rem; }
        .take > div { flex: 1 1 14rem; min-width: 0; }
        .take .lead { margin-top: .2rem; font-size: .925rem; }
        .until { color: var(--soft); font-size: .925rem; padding-top: 1.1rem; border-top: 1px solid var(--line); }
        .log { width: 100%; border-collapse: collapse; text-align: left; }
        .sheet:has(.log) { margin-top: 1.75rem; overflow: hidden; }
        .log th, .log td { padding: .7rem 1.15rem; border-bottom: 1px solid var(--line); vertical-align: baseline; }
        .log tbody tr:last-child > * { border-bottom: 0; }
        .log thead th { color: var(--soft); font-size: .8rem; background: var(--sunk); padding-block: .5rem; }
        .log td a { overflow-wrap: anywhere; font-weight: 600; text-decoration: none; }
        .log td a:hover { text-decoration: underline; }
        .log .last { display: inline; }
        .log time { white-space: nowrap; }
        .status { margin: 0; font: 600 clamp(4.5rem, 18vw, 8rem)/1 var(--serif); letter-spacing: -.04em; color: var(--accent); }
        .error { display: grid; justify-items: start; gap: .6rem; }
        .centre .error { text-align: center; justify-items: center; }
        .error .button { margin-top: 1.25rem; }
        @media (max-width: 56rem) {
          .split { grid-template-columns: minmax(0, 1fr); }
          .stage { min-height: 12rem; }
          .stage iframe { height: min(60vh, 30rem); }
        }
        @media (max-width: 40rem) {
          .bar { flex-wrap: wrap; padding-bottom: .4rem; }
          .account { width: 100%; }
          .who { margin-left: auto; }
          .who span:last-child { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
          .button.quiet { padding-inline: .8rem; }
          .orders { flex: 1 0 100%; }
          .orders a { flex: 1; }
          .team h2 { padding-right: 8.5rem; }
          .file { padding: .8rem 0 .8rem .9rem; gap: .05rem .8rem; }
          .get { width: 3.5rem; }
          .file .meta .day { display: none; }
          .team h2 small { margin-left: 0; flex-basis: 100%; }
          .team .sheet { margin-top: .75rem; }
          .add .button, .take .button { width: 100%; }
          .log thead { display: none; }
          .log tr { display: block; padding: .7rem .9rem; border-bottom: 1px solid var(--line); }
          .log tbody tr:last-child { border-bottom: 0; }
          .log th, .log td { padding: 0 .3rem 0 0; border: 0; display: inline; }
          .log td:nth-child(3) { padding: 0; }
          .log td:nth-child(3)::after { content: "\\A"; white-space: pre; }
          .log td.hint + td.hint:not(:last-child)::before { content: "· "; }
          .log td.hint:last-child { display: block; }
          .log .last { display: inline-block; }
        }
        @media (prefers-reduced-motion: no-preference) {
          .file, .get, .button, summary { transition: background-color .12s, filter .12s, color .12s; }
        }
        """
}
