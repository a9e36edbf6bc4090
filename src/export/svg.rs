//! An animated SVG: every row of the screen is a track that changes when the row does, moved by SMIL, which needs no script
//! and so also runs within an `<img>`. What looks the same is stored once.

use std::collections::HashMap;

use ratatui::style::Modifier;

use super::film::Film;
use super::look::{CellLook, StyledRun, escaped, ground, hex, plainer, rows};

/// A cell in pixels. Whole numbers keep lines sharp and the file short.
const WIDTH: usize = 8;
const HEIGHT: usize = 17;
const MARGIN: usize = 12;
/// The letters of a row stand this far below its top. That is the row's own zero.
const ASCENT: usize = 13;

const STYLE: &str = "text{font:13.3px ui-monospace,'SFMono-Regular',Menlo,Consolas,'DejaVu Sans Mono',monospace;\
white-space:pre}rect{shape-rendering:crispEdges}.still{display:none}\
@media(prefers-reduced-motion:reduce){.film{display:none}.still{display:inline}}";

/// Texts that are stored once, and known by their number from then on.
#[derive(Default)]
struct Once(HashMap<String, usize>, Vec<String>);

impl Once {
    fn number(&mut self, text: String) -> usize {
        let next = self.0.len();
        *self.0.entry(text).or_insert_with_key(|text| {
            self.1.push(text.clone());
            next
        })
    }
}

/// `film` as a picture.
pub(super) fn picture(film: &Film) -> String {
    let (columns, height) = film.size();
    let (mut styles, mut pieces) = (Once::default(), Once::default());
    let ground = film.frames.first().map_or([0; 3], ground);
    let tracks: Vec<Vec<usize>> = film
        .frames
        .iter()
        .map(|frame| {
            let drawn = rows(frame, |look| plainer(look, ground));
            let drawn = drawn.into_iter().map(|runs| piece(&runs, &mut styles));
            drawn.collect::<Vec<_>>().into_iter().map(|piece| pieces.number(piece)).collect()
        })
        .collect();
    let (wide, high) =
        (usize::from(columns) * WIDTH + 2 * MARGIN, usize::from(height) * HEIGHT + 2 * MARGIN);
    let row = |moving: bool| {
        let track = |row| track(&tracks, row, moving, film.pace.as_secs_f64());
        (0..usize::from(height)).map(track).collect::<String>()
    };
    let named = |(number, style): (usize, &String)| format!(".s{number}{{{style}}}");
    let styles: String = styles.1.iter().enumerate().map(named).collect();
    let named = |(number, piece): (usize, &String)| format!("<g id='p{number}'>{piece}</g>\n");
    let pieces: String = pieces.1.iter().enumerate().map(named).collect();
    let ground = hex(ground);
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xml:space='preserve' viewBox='0 0 {wide} {high}' width='{wide}' height='{high}'>\n\
         <title>{}</title>\n<style>{STYLE}{styles}</style>\n<defs>\n{pieces}</defs>\n\
         <rect width='{wide}' height='{high}' rx='9' fill='{ground}'/>\n\
         <g class='film'>\n{}</g>\n<g class='still'>\n{}</g>\n</svg>\n",
        escaped(&film.title),
        row(true),
        row(false),
    )
}

/// One row of the screen through all frames; where it shall not move, as it is in the end.
fn track(frames: &[Vec<usize>], row: usize, moving: bool, pace: f64) -> String {
    let Some(last) = frames.last() else { return String::new() };
    let y = MARGIN + row * HEIGHT + ASCENT;
    let head = format!("<use href='#p{}' x='{MARGIN}' y='{y}'", last[row]);
    let mut pieces: Vec<(usize, usize)> =
        frames.iter().map(|frame| frame[row]).enumerate().collect();
    pieces.dedup_by_key(|(_, piece)| *piece);
    if !moving || pieces.len() == 1 {
        return head + "/>\n";
    }
    // The end stands a while before it begins again.
    const REST: f64 = 3.0;
    let seconds = pace * frames.len() as f64 + REST;
    let times: Vec<String> =
        pieces.iter().map(|(frame, _)| format!("{:.4}", *frame as f64 * pace / seconds)).collect();
    let values: Vec<String> = pieces.iter().map(|(_, piece)| format!("#p{piece}")).collect();
    format!(
        "{head}><animate attributeName='href' calcMode='discrete' repeatCount='indefinite' \
         dur='{seconds:.1}s' keyTimes='{}' values='{}'/></use>\n",
        times.join(";"),
        values.join(";")
    )
}

/// A row.
fn piece(runs: &[StyledRun], styles: &mut Once) -> String {
    let (mut grounds, mut letters) = (String::new(), String::new());
    for run in runs {
        let (x, width) = (run.column * WIDTH, run.width * WIDTH);
        if let Some(back) = run.look.back {
            let style = styles.number(format!("fill:{}", hex(back)));
            grounds += &format!(
                "<rect class='s{style}' x='{x}' y='-{ASCENT}' width='{width}' height='{HEIGHT}'/>"
            );
        }
        if !run.text.trim().is_empty() {
            let style = styles.number(font(run.look));
            // Spaces around it are left out: of those not every viewer makes room.
            let text = run.text.trim();
            let before = run.text.len() - run.text.trim_start().len();
            let x = x + before * WIDTH;
            let width = (run.width - (run.text.len() - text.len())) * WIDTH;
            // Columns line up however wide the letters of the viewer's font are.
            letters += &format!(
                "<text class='s{style}' x='{x}' textLength='{width}'>{}</text>",
                escaped(text)
            );
        }
    }
    grounds + &letters
}

fn font(look: CellLook) -> String {
    const FONTS: [(Modifier, &str); 5] = [
        (Modifier::BOLD, ";font-weight:700"),
        (Modifier::DIM, ";opacity:.6"),
        (Modifier::ITALIC, ";font-style:italic"),
        (Modifier::UNDERLINED, ";text-decoration:underline"),
        (Modifier::CROSSED_OUT, ";text-decoration:line-through"),
    ];
    let fonts = FONTS.iter().filter(|(font, _)| look.font.contains(*font));
    let fonts: String = fonts.map(|(_, style)| *style).collect();
    format!("fill:{}{fonts}", hex(look.fore.unwrap_or([192, 202, 245])))
}
