use remask::{cancel::Cancel, diffusion::*, knobs::Settings, model::*};
fn main() {
    let t = std::time::Instant::now();
    let mut m = LanguageModel::bundled(Threads::new(None).unwrap()).unwrap();
    println!("load {:?}", t.elapsed());
    for temp in ["0", "0.7"] {
        for canvas in [128usize, 512] {
            let s = Settings::default().with("steps", "64").unwrap().with("temperature", temp).unwrap();
            let mut p = vec![0];
            p.extend(m.tokenizer().encode("Once upon a time").unwrap());
            let mut ses = Session::new(&[Segment::Prompt(p), Segment::Noise(canvas)], s, &m.vocabulary().clone(), 1024).unwrap();
            let (mut f, mut q, mut n) = (0.0, 0.0, 0);
            while let StepOutcome::Stepped(s) = ses.step(&mut m, &Cancel::never()).unwrap() {
                f += s.forward.as_secs_f64(); q += s.sampling.as_secs_f64(); n += 1;
            }
            println!("T={temp} canvas {canvas}: forward {:.2} ms sampling {:.2} ms x{n}\n{}", f / n as f64 * 1e3, q / n as f64 * 1e3, m.tokenizer().decode(ses.canvas().ids()));
        }
    }
}
