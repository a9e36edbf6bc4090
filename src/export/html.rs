//! A page that shows a run: it has a scrubber, and needs neither a network nor anything beside it.

use std::collections::HashMap;

use ratatui::style::Modifier;
use serde_json::json;

use super::film::Film;
use super::look::{CellLook, StyledRun, escaped, ground, hex, plainer, rows};
use crate::Result;

/// What the page does: shows the frame of the scrubber, and moves it.
const SCRIPT: &str = r"
const {rows, frames, pace} = JSON.parse(document.getElementById('film').textContent);
const screen = document.getElementById('screen'), at = document.getElementById('at');
const play = document.getElementById('play'), where = document.getElementById('where');
let timer = null;
at.max = frames.length - 1;
function show(frame) {
  at.value = frame;
  screen.innerHTML = frames[frame].map(row => rows[row]).join('\n');
  where.textContent = frame + ' of ' + (frames.length - 1);
}
function stop() { clearInterval(timer); timer = null; play.textContent = 'play'; }
function start() {
  if (+at.value >= frames.length - 1) show(0);
  play.textContent = 'pause';
  timer = setInterval(() => +at.value < frames.length - 1 ? show(+at.value + 1) : stop(), pace);
}
play.onclick = () => timer ? stop() : start();
at.oninput = () => { stop(); show(+at.value); };
document.onkeydown = event => {
  const to = { ArrowLeft: +at.value - 1, ArrowRight: +at.value + 1, Home: 0, End: frames.length - 1 }[event.key];
  if (event.key === ' ') { event.preventDefault(); play.onclick(); }
  else if (to !== undefined) { event.preventDefault(); stop(); show(Math.max(0, Math.min(frames.length - 1, to))); }
};
show(0);
if (!matchMedia('(prefers-reduced-motion: reduce)').matches) start();
";

const STYLE: &str = "body{margin:0;padding:1em;font:14px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}\
i{font-style:normal}pre{font:inherit;line-height:1.16;margin:0 0 1em;overflow-x:auto}\
#bar{display:flex;gap:1em;align-items:center}#at{flex:1}button{font:inherit;min-width:5em}";

/// `film` as a page.
///
/// # Errors
/// Never, in practice: that of writing JSON.
pub(super) fn page(film: &Film) -> Result<String> {
    let ground = film.frames.first().map_or([0; 3], ground);
    let mut styles: Vec<CellLook> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut written: Vec<String> = Vec::new();
    let mut frames: Vec<Vec<usize>> = Vec::with_capacity(film.frames.len());
    for frame in &film.frames {
        let numbers = rows(frame, |look| plainer(look, ground)).into_iter().map(|runs| {
            let row = line(&runs, &mut styles);
            let next = written.len();
            *known.entry(row).or_insert_with_key(|row| {
                written.push(row.clone());
                next
            })
        });
        frames.push(numbers.collect());
    }
    let body = format!("body{{background:{};color:#c0caf5}}", hex(ground));
    let classes: String = styles
        .iter()
        .enumerate()
        .map(|(number, look)| format!(".s{number}{{{}}}", css(*look)))
        .collect();
    let data = json!({ "rows": written, "frames": frames, "pace": film.pace.as_millis() as u64 });
    // Nothing in it may end the element that it stands in.
    let data = serde_json::to_string(&data)?.replace("</", "<\\/");
    let title = escaped(&film.title);
    Ok(format!(
        "<!doctype html>\n<html lang='en'>\n<meta charset='utf-8'>\n\
         <meta name='viewport' content='width=device-width'>\n<title>{title}</title>\n\
         <style>{STYLE}{body}{classes}</style>\n<pre id='screen'></pre>\n\
         <div id='bar'><button id='play'>play</button><input id='at' type='range' min='0' value='0' \
         aria-label='step'><span id='where'></span></div>\n\
         <noscript><pre>{}</pre></noscript>\n\
         <script type='application/json' id='film'>{data}</script>\n<script>{SCRIPT}</script>\n</html>\n",
        escaped(&film.text)
    ))
}

/// A row, what looks otherwise than the page in spans.
fn line(runs: &[StyledRun], styles: &mut Vec<CellLook>) -> String {
    let span = |run: &StyledRun| {
        if run.text.trim().is_empty() && run.look.back.is_none() {
            return run.text.clone();
        }
        let number = styles.iter().position(|look| *look == run.look).unwrap_or_else(|| {
            styles.push(run.look);
            styles.len() - 1
        });
        format!("<i class=s{number}>{}</i>", escaped(&run.text))
    };
    runs.iter().map(span).collect::<String>().trim_end().to_owned()
}

fn css(look: CellLook) -> String {
    const FONTS: [(Modifier, &str); 5] = [
        (Modifier::BOLD, "font-weight:700;"),
        (Modifier::DIM, "opacity:.6;"),
        (Modifier::ITALIC, "font-style:italic;"),
        (Modifier::UNDERLINED, "text-decoration:underline;"),
        (Modifier::CROSSED_OUT, "text-decoration:line-through;"),
    ];
    let fonts = FONTS.iter().filter(|(font, _)| look.font.contains(*font));
    let mut css: String = fonts.map(|(_, style)| *style).collect();
    css.extend(look.fore.map(|rgb| format!("color:{};", hex(rgb))));
    css.extend(look.back.map(|rgb| format!("background:{};", hex(rgb))));
    css
}
