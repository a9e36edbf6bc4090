//! What an engine and its watcher say to each other, as lines of JSON.

use remask::diffusion::{Edit, Segment, Session, knobs};
use remask::engine::{
    Command, Engine, EngineClient, Event, LaneScheduling, LaneSpec, ModelInfo, RunId,
};
use remask::knobs::Settings;
use remask::model::{Backbone, LanguageModel, Threads, Tokenizer};
use remask::protocol::{RecordReader, RecordWriter};
use tokio::sync::mpsc::Receiver;

use crate::support::fixture;

/// What went through a stream.
fn passed<T: serde::Serialize + serde::de::DeserializeOwned>(records: &[T]) -> Vec<T> {
    let mut stream = Vec::new();
    let mut writer = RecordWriter::new(&mut stream).unwrap();
    for record in records {
        writer.write(record).unwrap();
    }
    let mut reader = RecordReader::new(stream.as_slice()).unwrap();
    std::iter::from_fn(|| reader.read().unwrap()).collect()
}

/// An engine that is told everything through a stream.
struct Elsewhere(Engine);

impl EngineClient for Elsewhere {
    fn next_run(&self) -> RunId {
        self.0.next_run()
    }

    fn send(&self, command: Command) {
        passed(&[command]).into_iter().for_each(|command| self.0.send(command));
    }
}

fn spec(sampler: &str) -> LaneSpec {
    let settings = [("sampler", sampler), ("steps", "9"), ("temperature", "0.7")]
        .iter()
        .fold(Settings::default(), |settings, (name, text)| settings.with(name, text).unwrap());
    let segments = vec![
        Segment::Prompt(vec![0]),
        Segment::Noise(14),
        Segment::Fixed(vec![300, 301]),
        Segment::Noise(6),
    ];
    LaneSpec { model: 0, segments, settings }
}

/// The engine's events up to the end of a run in which knobs are turned and a hand has its say.
fn events(client: &dyn EngineClient, mut events: Receiver<Event>) -> Vec<Event> {
    let mut seen = Vec::new();
    let mut until = |seen: &mut Vec<Event>, last: fn(&Event) -> bool| {
        while seen.last().is_none_or(|event| !last(event)) {
            seen.push(events.blocking_recv().expect("the engine lives"));
        }
    };
    until(&mut seen, |event| matches!(event, Event::Ready { .. }));
    client.start(vec![spec("p2"), spec("klass")], LaneScheduling::InStep, true);
    until(&mut seen, |event| matches!(event, Event::Started { .. }));
    client.send(Command::StepOnce);
    until(&mut seen, |event| matches!(event, Event::Stepped { lane: 1, .. }));
    let temperature = knobs().find("temperature").unwrap();
    client.send(Command::Turn(0, Settings::of(temperature, temperature.parse("1.5").unwrap())));
    client.send(Command::Edit(1, Edit::Set { position: 3, token: 77 }));
    until(&mut seen, |event| matches!(event, Event::Edited { .. }));
    client.send(Command::Edit(0, Edit::Set { position: 0, token: 77 }));
    until(&mut seen, |event| matches!(event, Event::Refused(_)));
    client.send(Command::Resume);
    until(&mut seen, |event| matches!(event, Event::Finished(_)));
    seen
}

/// What does not hang on the clock.
fn timeless(events: &[Event]) -> Vec<serde_json::Value> {
    let mut events: Vec<serde_json::Value> =
        events.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    for event in &mut events {
        for time in ["forward_ms", "sampling_ms"] {
            if let Some(time) = event.pointer_mut(&format!("/stepped/step/{time}")) {
                *time = 0.0.into();
            }
        }
    }
    events
}

fn engine() -> (Engine, Receiver<Event>) {
    Engine::spawn(|| {
        let model = LanguageModel::bundled(Threads::new(None)?)?;
        let info = ModelInfo::of(&model);
        Ok((Box::new(model) as Box<_>, info).into())
    })
    .unwrap()
}

#[test]
fn a_run_through_a_stream_is_the_run_itself() {
    let (here, from_here) = engine();
    let (there, from_there) = engine();
    let direct = events(&here, from_here);
    let through = events(&Elsewhere(there), from_there);
    assert_eq!(timeless(&through), timeless(&direct));
    // Events come out of a stream as they went in, the tokenizer and the error among them.
    let read = passed(&direct);
    assert_eq!(read.len(), direct.len());
    for (read, direct) in read.iter().zip(&direct) {
        assert_eq!(serde_json::to_value(read).unwrap(), serde_json::to_value(direct).unwrap());
        if let (Event::Stepped { step: read, .. }, Event::Stepped { step: direct, .. }) =
            (read, direct)
        {
            assert_eq!(read, direct);
        }
    }
    assert!(through.iter().any(|event| matches!(event, Event::Refused(_))));
}

#[test]
fn what_no_engine_says_is_refused() {
    let canvas = |text: &str| serde_json::from_str::<remask::diffusion::Canvas>(text);
    let error = canvas(r#"{"ids":[1,2,3],"states":["noise"],"noised":null}"#).unwrap_err();
    assert!(error.to_string().contains("3 ids has 1 states"), "{error}");
    assert!(canvas(r#"{"ids":[1],"states":["noise"],"noised":null}"#).is_ok());
    // A canvas beyond all bounds is refused before it is laid out.
    let model = crate::support::stories();
    let segments = [Segment::Noise(usize::MAX), Segment::Noise(7)];
    let vocabulary = model.vocabulary();
    let session = Session::new(&segments, Settings::default(), vocabulary, model.context());
    assert!(session.unwrap_err().to_string().contains("lower canvas to 1024"));
}

#[test]
fn a_tokenizer_is_the_same_elsewhere() {
    for file in ["llada-tiny/tokenizer.json", "qwen3-tiny/tokenizer.json"] {
        let here = Tokenizer::from_json(file, &std::fs::read(fixture(file)).unwrap()).unwrap();
        let there: Tokenizer =
            serde_json::from_str(&serde_json::to_string(&here).unwrap()).unwrap();
        let text = "Tom's dog said: \u{201c}Na\u{ef}ve\u{201d}!";
        assert_eq!(there.encode(text).unwrap(), here.encode(text).unwrap());
        assert_eq!(there.len(), here.len());
    }
}
