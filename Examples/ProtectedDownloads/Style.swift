/// The site's style sheet.
enum Style {
    static let sheet: HTML = """
        :root {
          color-scheme: light dark;
          --paper: #f7f5f0; --surface: #fffefb; --ink: #1e1c18; --soft: #655f55; --line: #e4dfd4; --accent: #17634a;
          --accent-ink: #fff; --danger: #a3281d; --danger-paper: #fbe9e5; --glow: #e9efe4;
          --document: #b3372a; --image: #6b4fb3; --text: #4a6275; --table: #1e7a4f; --archive: #96650f; --audio: #a83a78;
          --video: #2563a8; --disk: #5b5f66; --other: #6d675d;
          --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", Georgia, "DejaVu Serif", serif;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #151613; --surface: #1e201c; --ink: #edeae2; --soft: #a8a396; --line: #33362f; --accent: #7fd0ab;
            --accent-ink: #0d1f17; --danger: #ffb4a6; --danger-paper: #3b1f1a; --glow: #1d2a22;
            --document: #f29486; --image: #b9a4f2; --text: #9db8cd; --table: #7fd0ab; --archive: #e5b765; --audio: #f09cc6;
            --video: #8dbcf2; --disk: #b4b8bf; --other: #b9b2a5;
          }
        }
        * { box-sizing: border-box; }
        html { font: 100%/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", Cantarell, "DejaVu Sans", sans-serif; }
        body {
          margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column; color: var(--ink);
          background: radial-gradient(60rem 28rem at 50% -8rem, var(--glow), transparent) no-repeat var(--paper);
          -webkit-text-size-adjust: 100%;
        }
        a { color: var(--accent); text-underline-offset: .2em; }
        svg { width: 1.5em; height: 1.5em; flex: none; display: block; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .5rem; }
        h1 { font: 600 clamp(1.9rem, 1.4rem + 2.4vw, 2.75rem)/1.15 var(--serif); letter-spacing: -.015em; margin: 0; }
        .skip { position: absolute; left: 1rem; top: -4rem; padding: .5rem 1rem; background: var(--surface); z-index: 1; }
        .skip:focus { top: 1rem; }
        .bar, main, footer { width: 100%; max-width: 54rem; margin: 0 auto; padding: 0 1.25rem; }
        .bar { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding-block: 1.25rem; }
        .brand {
          display: flex; align-items: center; gap: .6rem; color: inherit; text-decoration: none;
          font: 600 1.05rem/1.2 var(--serif);
        }
        .brand svg { color: var(--accent); width: 1.75rem; height: 1.75rem; margin-left: -.3rem; }
        .account { display: flex; align-items: center; gap: .75rem; }
        .who { display: flex; align-items: center; gap: .5rem; font-weight: 600; }
        .avatar {
          display: grid; place-items: center; width: 2rem; height: 2rem; border-radius: 50%; font-size: .9rem;
          color: var(--accent-ink); background: var(--accent); text-transform: uppercase;
        }
        main { flex: 1; padding-block: clamp(1.5rem, 5vw, 3.5rem); }
        main.centre { display: grid; align-content: center; justify-items: center; }
        .lead { color: var(--soft); margin: .6rem 0 0; max-width: 38rem; }
        .button {
          display: inline-flex; align-items: center; justify-content: center; gap: .5rem; min-height: 2.75rem;
          padding: .55rem 1.15rem; border: 1px solid transparent; border-radius: .7rem; font: inherit; font-weight: 600;
          cursor: pointer; text-decoration: none; white-space: nowrap; color: var(--accent-ink); background: var(--accent);
        }
        .button:hover { filter: brightness(1.08); }
        .button.quiet { color: inherit; background: transparent; border-color: var(--line); min-height: 2.5rem; }
        .button.quiet:hover { background: var(--surface); filter: none; }
        .team { margin-top: 2.75rem; }
        .team h2 {
          display: flex; align-items: center; flex-wrap: wrap; gap: .1rem .55rem; margin: 0 0 .75rem; font-size: 1rem;
        }
        .team h2 svg { color: var(--accent); margin-left: -.15rem; }
        .team h2 small { font-size: .875rem; font-weight: 400; color: var(--soft); margin-left: auto; }
        .files {
          list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 1rem; overflow: hidden;
          background: var(--surface); box-shadow: 0 1px 2px rgb(0 0 0 / .04), 0 8px 24px -12px rgb(0 0 0 / .12);
        }
        .files li + li { border-top: 1px solid var(--line); }
        .file {
          display: grid; grid-template-columns: auto 1fr auto; align-items: center; gap: .1rem 1rem;
          padding: .85rem 1.15rem; color: inherit; text-decoration: none;
        }
        .file:hover { background: color-mix(in srgb, var(--accent) 6%, transparent); }
        .file:focus-visible { outline-offset: -3px; border-radius: 1rem; }
        .tile {
          grid-row: span 2; display: grid; place-items: center; width: 2.85rem; height: 2.85rem; border-radius: .8rem;
          color: var(--kind); background: color-mix(in srgb, var(--kind) 13%, transparent);
        }
        .document { --kind: var(--document); } .image { --kind: var(--image); } .text { --kind: var(--text); }
        .table { --kind: var(--table); } .archive { --kind: var(--archive); } .audio { --kind: var(--audio); }
        .video { --kind: var(--video); } .disk { --kind: var(--disk); } .other { --kind: var(--other); }
        .name { font-weight: 600; overflow-wrap: anywhere; line-height: 1.35; white-space: pre-wrap; }
        .file:hover .name { text-decoration: underline; text-decoration-thickness: 1px; }
        .meta { grid-column: 2; color: var(--soft); font-size: .875rem; font-variant-numeric: tabular-nums; }
        .meta span, .meta time { white-space: nowrap; }
        .file > svg { grid-column: 3; grid-row: 1 / span 2; color: var(--soft); }
        .file:hover > svg { color: var(--accent); }
        .none { padding: 1.5rem 1.15rem; color: var(--soft); }
        .card {
          width: 100%; max-width: 25rem; padding: clamp(1.5rem, 5vw, 2.5rem); border: 1px solid var(--line);
          border-radius: 1.25rem; background: var(--surface);
          box-shadow: 0 1px 2px rgb(0 0 0 / .05), 0 24px 60px -28px rgb(0 0 0 / .28);
        }
        .card h1 { font-size: 2rem; }
        .card form { display: grid; gap: 1.1rem; margin-top: 1.5rem; }
        .emblem {
          display: grid; place-items: center; width: 3.25rem; height: 3.25rem; margin-bottom: 1.25rem; border-radius: 1rem;
          color: var(--accent); background: color-mix(in srgb, var(--accent) 13%, transparent);
        }
        .emblem svg { width: 1.8rem; height: 1.8rem; }
        label { display: grid; gap: .35rem; font-weight: 600; font-size: .925rem; }
        input {
          width: 100%; min-height: 2.9rem; padding: .6rem .8rem; border: 1px solid color-mix(in srgb, var(--soft) 70%, transparent);
          border-radius: .7rem; font: inherit; font-size: 1rem; font-weight: 400; color: inherit; background: var(--paper);
        }
        input:focus-visible { outline-offset: 1px; }
        .notice { margin: 1.25rem 0 0; padding: .7rem 1rem; border-radius: .7rem; background: var(--glow); }
        .notice.bad { color: var(--danger); background: var(--danger-paper); }
        .status { margin: 0; font: 600 clamp(4.5rem, 18vw, 8rem)/1 var(--serif); letter-spacing: -.04em; color: var(--accent); }
        .error { text-align: center; justify-items: center; display: grid; gap: .6rem; }
        .error .button { margin-top: 1.25rem; }
        footer { padding-block: 1.5rem 2rem; color: var(--soft); font-size: .875rem; }
        @media (max-width: 34rem) {
          .who span:last-child { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
          .button.quiet { padding-inline: .8rem; }
          .file { padding: .8rem .9rem; gap: .1rem .8rem; }
          .team h2 small { margin-left: 0; flex-basis: 100%; }
        }
        @media (prefers-reduced-motion: no-preference) { .file, .button { transition: background-color .12s, filter .12s; } }
        @media (forced-colors: active) { .tile, .emblem, .avatar { border: 1px solid; } }
        """
}
