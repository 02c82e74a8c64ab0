import Crypto
import FastCGI
import HTTPTypes

/// The site's style sheet.
enum Style {
    /// The path of the style sheet. It changes with the content, so that browsers can cache it indefinitely.
    static let path = "/style-\(Hexadecimal.encode(SHA256.hash(data: Array(Self.sheet.utf8)).prefix(6))).css"

    static var response: Response {
        Response(
            headerFields: [
                .contentType: "text/css; charset=utf-8", .cacheControl: "public, max-age=31536000, immutable",
                .xContentTypeOptions: "nosniff",
            ],
            body: .string(Self.sheet))
    }

    private static let sheet = "\(Self.base)\(Self.parts)"

    /// The style rules that all pages use.
    private static let base: HTML = """
        :root {
          color-scheme: light dark;
          --paper: #f6f5f1; --surface: #fffefc; --ink: #1d1f1c; --soft: #5f625b; --line: #e2e0d8; --accent: #17634a;
          --accent-ink: #fff; --danger: #a3281d; --danger-paper: #fbe9e5; --glow: #e6efe6; --sunk: #efede6;
          --document: #b3372a; --image: #6b4fb3; --text: #4a6275; --table: #1e7a4f; --archive: #96650f; --audio: #a83a78;
          --video: #2563a8; --disk: #5b5f66; --other: #6d675d;
          --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", Georgia, "DejaVu Serif", serif;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #141613; --surface: #1d201c; --ink: #ecebe4; --soft: #a6a89d; --line: #32362f; --accent: #7fd0ab;
            --accent-ink: #0d1f17; --danger: #ffb4a6; --danger-paper: #3b1f1a; --glow: #1c2b23; --sunk: #10120f;
            --document: #f29486; --image: #b9a4f2; --text: #9db8cd; --table: #7fd0ab; --archive: #e5b765; --audio: #f09cc6;
            --video: #8dbcf2; --disk: #b4b8bf; --other: #b9b2a5;
          }
        }
        * { box-sizing: border-box; }
        html { font: 100%/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", Cantarell, "DejaVu Sans", sans-serif; }
        body {
          margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column; color: var(--ink);
          background: var(--paper); -webkit-text-size-adjust: 100%;
        }
        a { color: var(--accent); text-underline-offset: .2em; }
        p { margin: 0; }
        svg { width: 1.5em; height: 1.5em; flex: none; display: block; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .5rem; }
        h1 { font: 600 clamp(1.9rem, 1.4rem + 2.4vw, 2.6rem)/1.15 var(--serif); letter-spacing: -.015em; margin: 0; }
        h1.title { font-size: clamp(1.4rem, 1.2rem + 1vw, 1.8rem); overflow-wrap: anywhere; white-space: pre-wrap; }
        h2 { display: flex; align-items: center; flex-wrap: wrap; gap: .1rem .55rem; margin: 0; font-size: 1rem; }
        h2 svg { color: var(--accent); margin-left: -.15rem; }
        .unseen { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
        .skip { position: absolute; left: 1rem; top: -4rem; padding: .5rem 1rem; background: var(--surface); z-index: 1; }
        .skip:focus { top: 1rem; }
        .bar, main { width: 100%; max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
        .bar { display: flex; align-items: center; justify-content: space-between; gap: .6rem 1rem; padding-block: 1.1rem; }
        .brand {
          display: flex; align-items: center; gap: .6rem; color: inherit; text-decoration: none;
          font: 600 1.05rem/1.2 var(--serif);
        }
        .brand svg { color: var(--accent); width: 1.75rem; height: 1.75rem; margin-left: -.3rem; }
        .account { display: flex; align-items: center; gap: 1.1rem; }
        .account > a { color: inherit; text-decoration: none; font-weight: 600; padding: .5rem 0; }
        .account > a:hover { text-decoration: underline; }
        .who { display: flex; align-items: center; gap: .5rem; font-weight: 600; }
        .avatar {
          display: grid; place-items: center; flex: none; width: 2rem; height: 2rem; border-radius: 50%; font-size: .9rem;
          font-weight: 600; color: var(--accent-ink); background: var(--accent); text-transform: uppercase;
        }
        main { flex: 1; padding-block: clamp(1.25rem, 4vw, 2.5rem) 3rem; }
        .centre main { display: grid; align-content: center; justify-items: center; }
        .centre .bar { justify-content: center; }
        [hidden] { display: none !important; }
        .lead { color: var(--soft); margin: .5rem 0 0; max-width: 38rem; }
        .hint { color: var(--soft); font-weight: 400; font-size: .875rem; }
        .button {
          display: inline-flex; align-items: center; justify-content: center; gap: .5rem; min-height: 2.75rem;
          padding: .55rem 1.15rem; border: 1px solid transparent; border-radius: .7rem; font: inherit; font-weight: 600;
          cursor: pointer; text-decoration: none; white-space: nowrap; color: var(--accent-ink); background: var(--accent);
        }
        .button:hover { filter: brightness(1.08); }
        .button.quiet { color: inherit; background: transparent; border-color: var(--line); min-height: 2.5rem; }
        .button.quiet:hover { background: var(--surface); filter: none; }
        .sheet, .card {
          border: 1px solid var(--line); border-radius: 1rem; background: var(--surface);
          box-shadow: 0 1px 2px rgb(0 0 0 / .04), 0 8px 24px -14px rgb(0 0 0 / .12);
        }
        .card { padding: clamp(1.25rem, 4vw, 1.75rem); }
        label { display: grid; gap: .35rem; font-weight: 600; font-size: .925rem; }
        input, textarea {
          width: 100%; min-height: 2.9rem; padding: .6rem .8rem; border: 1px solid color-mix(in srgb, var(--soft) 70%, transparent);
          border-radius: .7rem; font: inherit; font-size: 1rem; font-weight: 400; color: inherit; background: var(--paper);
        }
        input:focus-visible, textarea:focus-visible { outline-offset: 1px; }
        .stack { display: grid; gap: 1.1rem; margin-top: 1.25rem; }
        .notice { margin-top: 1.25rem; padding: .75rem 1rem; border-radius: .7rem; background: var(--glow); }
        .notice .button { margin-top: .6rem; width: 100%; }
        .notice.bad { color: var(--danger); background: var(--danger-paper); }
        .tile {
          display: grid; place-items: center; width: 2.85rem; height: 2.85rem; border-radius: .8rem;
          color: var(--kind); background: color-mix(in srgb, var(--kind) 13%, transparent);
        }
        .tile.large { width: 6rem; height: 6rem; border-radius: 1.5rem; margin: auto; }
        .tile.large svg { width: 3rem; height: 3rem; }
        .document { --kind: var(--document); } .image { --kind: var(--image); } .text { --kind: var(--text); }
        .table { --kind: var(--table); } .archive { --kind: var(--archive); } .audio { --kind: var(--audio); }
        .video { --kind: var(--video); } .disk { --kind: var(--disk); } .other { --kind: var(--other); }
        @media (forced-colors: active) { .tile, .emblem, .avatar { border: 1px solid; } }
        """
}
