//! The loop that ships, with a test for the person: keys go through its channel, and what it draws can be read.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use remask::Result;
use remask::tui;
use remask::tui::app::{App, Request};
use remask::tui::host::Host;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::support::harness::{PATIENCE, Playground, text_of};

/// A test backend that can be read while the loop has it.
#[derive(Clone)]
struct Shown(Arc<Mutex<TestBackend>>);

impl Shown {
    fn lock(&self) -> MutexGuard<'_, TestBackend> {
        self.0.lock().unwrap()
    }
}

impl Backend for Shown {
    type Error = <TestBackend as Backend>::Error;

    fn draw<'a, I>(&mut self, content: I) -> std::result::Result<(), Self::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.lock().draw(content)
    }

    fn hide_cursor(&mut self) -> std::result::Result<(), Self::Error> {
        self.lock().hide_cursor()
    }

    fn show_cursor(&mut self) -> std::result::Result<(), Self::Error> {
        self.lock().show_cursor()
    }

    fn get_cursor_position(&mut self) -> std::result::Result<Position, Self::Error> {
        self.lock().get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(
        &mut self,
        position: P,
    ) -> std::result::Result<(), Self::Error> {
        self.lock().set_cursor_position(position)
    }

    fn clear(&mut self) -> std::result::Result<(), Self::Error> {
        self.lock().clear()
    }

    fn clear_region(&mut self, region: ClearType) -> std::result::Result<(), Self::Error> {
        self.lock().clear_region(region)
    }

    fn size(&self) -> std::result::Result<Size, Self::Error> {
        self.lock().size()
    }

    fn window_size(&mut self) -> std::result::Result<WindowSize, Self::Error> {
        self.lock().window_size()
    }

    fn flush(&mut self) -> std::result::Result<(), Self::Error> {
        self.lock().flush()
    }
}

/// What the loop asked of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    Suspend,
    Retake,
    Copy(String),
    Die(i32),
}

struct FakeHost {
    requests: UnboundedReceiver<Request>,
    asked: Vec<Asked>,
}

impl Host for FakeHost {
    async fn request(&mut self) -> Request {
        match self.requests.recv().await {
            Some(request) => request,
            None => std::future::pending().await,
        }
    }

    fn suspend(&mut self) -> Result<()> {
        self.asked.push(Asked::Suspend);
        Ok(())
    }

    fn retake(&mut self) -> Result<()> {
        self.asked.push(Asked::Retake);
        Ok(())
    }

    fn copy(&mut self, text: &str) -> Result<()> {
        self.asked.push(Asked::Copy(text.to_owned()));
        Ok(())
    }

    fn die(&mut self, signal: i32) {
        self.asked.push(Asked::Die(signal));
    }
}

/// Who sits in front of the loop.
pub struct Person {
    keyboard: UnboundedSender<io::Result<Input>>,
    signals: UnboundedSender<Request>,
    shown: Shown,
}

impl Person {
    pub fn press(&self, key: KeyCode) {
        let event = Input::Key(KeyEvent::new(key, KeyModifiers::NONE));
        self.keyboard.send(Ok(event)).unwrap();
    }

    pub fn press_with_control(&self, key: char) {
        let event = Input::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL));
        self.keyboard.send(Ok(event)).unwrap();
    }

    /// The terminal says that it cannot be read.
    pub fn break_keyboard(&self) {
        self.keyboard.send(Err(io::Error::other("no terminal"))).unwrap();
    }

    pub fn signal(&self, request: Request) {
        self.signals.send(request).unwrap();
    }

    /// The window has another size.
    pub fn resize(&self, width: u16, height: u16) {
        self.shown.lock().resize(width, height);
        self.keyboard.send(Ok(Input::Resize(width, height))).unwrap();
    }

    /// Somebody else wrote over the screen.
    pub fn smudge(&self) {
        self.shown.lock().clear().unwrap();
    }

    /// Stays until the loop has ended.
    pub async fn keep(self) {
        self.keyboard.closed().await;
    }

    pub async fn sees(&self, text: &str) {
        let began = Instant::now();
        loop {
            let screen = text_of(self.shown.lock().buffer());
            if screen.contains(text) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{text:?} does not come on\n{screen}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// How the loop ended.
pub struct Served {
    pub result: Result<()>,
    pub app: App,
    pub asked: Vec<Asked>,
}

/// Runs the loop until it ends, with `script` for what the person does.
pub fn serve(playground: Playground, script: impl AsyncFnOnce(Person)) -> Served {
    let Playground { mut app, events, terminal } = playground;
    let shown = Shown(Arc::new(Mutex::new(terminal.backend().clone())));
    let (keyboard, input) = unbounded_channel();
    let (signals, requests) = unbounded_channel();
    let mut host = FakeHost { requests, asked: Vec::new() };
    let mut terminal = Terminal::new(shown.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let result = runtime.block_on(async {
        let served = tui::serve(&mut app, &mut terminal, &mut host, input, events);
        let person = script(Person { keyboard, signals, shown });
        tokio::join!(served, person).0
    });
    Served { result, app, asked: host.asked }
}
