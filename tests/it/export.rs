//! Runs as files for people who do not have the program, each opened as its format is opened.

use std::time::Duration;

use remask::export::{ExportFormat, FilmOptions, export};
use remask::knobs::Settings;
use remask::trace::file::RecordedRun;
use remask::tui::glyphs::UNICODE;
use remask::tui::theme::{ColorDepth, Theme};

use crate::traces::trace_of;

const SIZE: (u16, u16) = (100, 30);

/// A run of 128 tokens in 64 steps.
fn run() -> RecordedRun {
    let knobs = [("canvas", "128"), ("steps", "64"), ("temperature", "0.7"), ("eos", "rank-last")];
    RecordedRun::read(trace_of(&knobs, 128).as_slice()).unwrap()
}

fn exported(run: RecordedRun, format: ExportFormat, panels: bool) -> String {
    String::from_utf8(exported_bytes(run, format, panels)).unwrap()
}

fn exported_bytes(run: RecordedRun, format: ExportFormat, panels: bool) -> Vec<u8> {
    let options = FilmOptions {
        size: SIZE,
        pace: Duration::from_millis(125),
        panels,
        theme: Theme::load(Theme::DEFAULT, ColorDepth::True).unwrap(),
        glyphs: &UNICODE,
        display: Settings::default(),
    };
    export(run, format, options).unwrap()
}

/// The words of a text, wherever its lines break.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn a_cast_played_by_a_terminal_ends_with_the_text() {
    let (text, cast) =
        (exported(run(), ExportFormat::Txt, false), exported(run(), ExportFormat::Cast, false));
    let mut lines = cast.lines();
    let header: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(
        (&header["version"], &header["width"], &header["height"]),
        (&2.into(), &100.into(), &30.into())
    );
    let mut terminal = vt100::Parser::new(SIZE.1, SIZE.0, 0);
    let (mut at, mut screens) = (0.0, Vec::new());
    for line in lines {
        let (time, kind, told): (f64, String, String) = serde_json::from_str(line).unwrap();
        assert!(time >= at && kind == "o");
        at = time;
        terminal.process(told.as_bytes());
        screens.push(terminal.screen().contents());
    }
    // The noise, a screen for each step, and the cursor given back.
    assert_eq!(screens.len(), 1 + 64 + 1);
    let shown = screens.last().unwrap();
    assert!(
        words(shown).windows(words(&text).len()).any(|some| some == words(&text)),
        "{shown}\n\n{text}"
    );
    assert!(screens.windows(2).filter(|pair| pair[0] != pair[1]).count() > 32);
}

#[test]
fn a_page_has_every_frame_and_is_small() {
    let page = exported(run(), ExportFormat::Html, true);
    assert!(page.len() < 400_000, "{} bytes", page.len());
    let (_, data) = page.split_once("id='film'>").unwrap();
    let (data, script) = data.split_once("</script>").unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    let (rows, frames) = (data["rows"].as_array().unwrap(), data["frames"].as_array().unwrap());
    assert_eq!(frames.len(), 65);
    for frame in frames {
        let frame = frame.as_array().unwrap();
        assert_eq!(frame.len(), usize::from(SIZE.1));
        assert!(frame.iter().all(|row| (row.as_u64().unwrap() as usize) < rows.len()));
    }
    assert!(
        !page.contains("http") && script.contains("oninput"),
        "it asks no network for anything"
    );
}

#[test]
fn a_picture_is_well_formed_and_small() {
    let svg = exported(run(), ExportFormat::Svg, false);
    assert!(svg.len() < 250_000, "{} bytes", svg.len());
    // Every element is closed, and every piece that is used is there.
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let name = |tag: &str| tag.split([' ', '/']).next().unwrap().to_owned();
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(name(closed))),
            None if tag.ends_with('/') => {}
            None => open.push(name(tag)),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for used in svg.split("href='#").skip(1).filter_map(|rest| rest.split('\'').next()) {
        assert!(svg.contains(&format!("id='{used}'")), "{used}");
    }
    assert!(svg.contains("calcMode='discrete'") && svg.contains("class='still'"));
}

/// Every frame as a viewer shows it, each pixel in full.
fn played(animation: &[u8]) -> (Vec<Vec<u8>>, Vec<u16>) {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(animation).unwrap();
    let width = usize::from(decoder.width());
    let mut screen = vec![0; 4 * width * usize::from(decoder.height())];
    let (mut screens, mut delays) = (Vec::new(), Vec::new());
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        let wide = 4 * usize::from(frame.width);
        for (row, pixels) in frame.buffer.chunks(wide).enumerate() {
            let from = 4 * ((usize::from(frame.top) + row) * width + usize::from(frame.left));
            for (old, new) in screen[from..from + wide].chunks_mut(4).zip(pixels.chunks(4)) {
                if new[3] > 0 {
                    old.copy_from_slice(new);
                }
            }
        }
        screens.push(screen.clone());
        delays.push(frame.delay);
    }
    (screens, delays)
}

#[test]
fn a_gif_shows_every_step_and_ends_as_the_still_picture_is() {
    let animation = exported_bytes(run(), ExportFormat::Gif, false);
    assert!(animation.len() < 1_500_000, "{} bytes", animation.len());
    let (screens, delays) = played(&animation);
    assert!(screens.len() > 50 && screens.len() <= 65, "{} frames", screens.len());
    // As long as the film: 65 moments of an eighth of a second, and the end stands a while.
    let whole: u32 = delays.iter().map(|delay| u32::from(*delay)).sum();
    assert!((65 * 12..=65 * 13 + 300).contains(&whole), "{whole} hundredths");
    let still = exported_bytes(run(), ExportFormat::Png, false);
    let mut reader = png::Decoder::new(std::io::Cursor::new(still)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let (last, all) = (screens.last().unwrap(), pixels.len() / 3);
    assert_eq!(last.len(), 4 * all);
    // The film has as many colours as a GIF can have: those that few pixels have are shown by others.
    let apart = |(shown, meant): (&[u8], &[u8])| -> u32 {
        shown.iter().zip(meant).map(|(a, b)| u32::from(a.abs_diff(*b))).max().unwrap()
    };
    let off = last.chunks(4).zip(pixels.chunks(3)).map(apart).filter(|apart| *apart > 24).count();
    assert!(off < all / 1000, "{off} of {all} pixels are of another colour");
    // Letters are there, and noise was before them.
    let inked = |screen: &[u8]| screen.chunks(4).filter(|pixel| *pixel != &screen[..4]).count();
    assert!(inked(last) > all / 50 && inked(&screens[0]) > all / 50);
    assert_ne!(&screens[0], last);
}

#[test]
fn what_a_text_holds_ends_no_element_and_no_fence() {
    // Whatever a model spells: a token of the trace is made to be what would break out.
    let trace = String::from_utf8(trace_of(&[("canvas", "16"), ("steps", "4")], 16)).unwrap();
    let spelled = "</script><b>&```";
    let hostile = trace.replacen("\"text\":\" the\"", &format!("\"text\":\"{spelled}\""), 1);
    let hostile = if hostile == trace { trace.replacen(" the", spelled, 1) } else { hostile };
    let run = || RecordedRun::read(hostile.as_bytes()).unwrap();
    let page = exported(run(), ExportFormat::Html, false);
    assert_eq!(page.matches("</script").count(), 2, "{page}");
    let markdown = exported(run(), ExportFormat::Md, false);
    assert!(markdown.contains("| sampler | ") && markdown.contains("| passes (NFE) | 4 |"));
    let fence = markdown.lines().rfind(|line| line.starts_with("```")).unwrap();
    assert!(!exported(run(), ExportFormat::Txt, false).contains(fence));
}

#[test]
fn a_film_that_takes_too_much_memory_is_refused() {
    let options = FilmOptions {
        size: (500, 500),
        pace: Duration::from_millis(125),
        panels: false,
        theme: Theme::load(Theme::DEFAULT, ColorDepth::True).unwrap(),
        glyphs: &UNICODE,
        display: Settings::default(),
    };
    let mut run = run();
    run.moments = run.moments.iter().cycle().take(100).cloned().collect();
    let error = export(run, ExportFormat::Svg, options).unwrap_err().to_string();
    assert!(error.contains("a film of 101 moments of 500x500"), "{error}");
}

#[test]
fn a_run_that_was_broken_off_is_shown_as_far_as_it_came() {
    let trace = String::from_utf8(trace_of(&[("canvas", "16"), ("steps", "8")], 16)).unwrap();
    let lines: Vec<&str> = trace.lines().collect();
    let cut = format!("{}\n", lines[..lines.len() - 4].join("\n"));
    let run = || RecordedRun::read(cut.as_bytes()).unwrap();
    let moments = run().moments.len();
    assert!(!run().ended && (1..8).contains(&moments));
    let cast = exported(run(), ExportFormat::Cast, false);
    // The header, the noise, the moments, and the cursor given back.
    assert_eq!(cast.lines().count(), 1 + 1 + moments + 1);
    assert!(!exported_bytes(run(), ExportFormat::Gif, true).is_empty());
}
