//! Which panel has the focus: the arrow keys are its. As long as none has it, they choose knobs and go through time.
//!
//! Of lanes side by side each is a stop of the round, too; what the arrow keys do there is what they do without focus.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;

use super::action::Action;
use super::app::{App, Notice};
use super::hit_map::Hit;
use super::view::signs;

/// A panel that may have the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// The text: arrows go from token to token.
    Canvas,
    /// The knobs: up and down choose one, left and right turn it.
    Knobs,
    /// The token under the cursor: left and right go to its neighbours, up and down to when it changed.
    Token,
    /// Steps, or the tracks of lanes: left and right go a step, up and down ten.
    Timeline,
}

impl Panel {
    fn name(self) -> &'static str {
        match self {
            Self::Canvas => "canvas",
            Self::Knobs => "knobs",
            Self::Token => "token",
            Self::Timeline => "timeline",
        }
    }

    /// What the arrow keys up and down, and left and right, go along in it.
    pub fn arrows(self) -> [&'static str; 2] {
        match self {
            Self::Canvas => ["line", "token"],
            Self::Knobs => ["knob", "turn"],
            Self::Token => ["changes", "token"],
            Self::Timeline => ["by 10", "step"],
        }
    }

    /// The panel that a target of the mouse is in.
    fn of(hit: Hit) -> Option<Self> {
        match hit {
            Hit::Canvas { .. } | Hit::Token { .. } => Some(Self::Canvas),
            Hit::Knob(_) | Hit::Gauge(_) | Hit::KnobGroup(_) => Some(Self::Knobs),
            Hit::Timeline { .. } | Hit::Tracks => Some(Self::Timeline),
            _ => None,
        }
    }
}

/// A stop of the round that the focus makes: a lane beside others, or a panel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Lane(usize),
    Panel(Panel),
}

impl App {
    /// The panel that has the focus; none where it is not in sight any more.
    pub fn panel(&self) -> Option<Panel> {
        self.panel.filter(|panel| self.panels().contains(panel))
    }

    /// The panels in sight that may have the focus, as they were last drawn. Lanes are none.
    fn panels(&self) -> Vec<Panel> {
        if self.is_zen() {
            return vec![Panel::Canvas];
        }
        let seen = |panel: Panel| self.hits.iter().any(|(_, hit)| Panel::of(hit) == Some(panel));
        // On a narrow screen one line stands for the panel of the knobs.
        let mut all = vec![Panel::Knobs];
        if self.lanes.len() == 1 {
            all.insert(0, Panel::Canvas);
        }
        all.extend([Panel::Token].into_iter().filter(|_| self.token.is_some()));
        all.extend([Panel::Timeline].into_iter().filter(|panel| seen(*panel)));
        all
    }

    /// Gives the focus to the next panel (1), or the one before (-1); among lanes side by side the cursor goes first.
    pub(super) fn next_panel(&mut self, direction: isize) {
        let lanes = if self.lanes.len() > 1 { self.lanes.len() } else { 0 };
        let panels = self.panels().into_iter().map(Stop::Panel);
        let stops: Vec<Stop> = (0..lanes).map(Stop::Lane).chain(panels).collect();
        let here = self.panel().map_or(Stop::Lane(self.focus), Stop::Panel);
        let next = match stops.iter().position(|stop| *stop == here) {
            Some(at) => (at as isize + direction).rem_euclid(stops.len() as isize) as usize,
            None if direction < 0 => stops.len() - 1,
            None => 0,
        };
        match stops.get(next) {
            Some(Stop::Lane(lane)) => {
                self.panel = None;
                self.focus_lane(*lane);
            }
            Some(Stop::Panel(panel)) => self.focus_panel(*panel),
            None => {}
        }
    }

    fn focus_panel(&mut self, panel: Panel) {
        self.panel = Some(panel);
        // Its cursor is what shows that the text has the focus.
        if panel == Panel::Canvas && self.token.is_none() {
            self.move_token_cursor(1);
        }
        let [vertical, horizontal] = panel.arrows();
        let [upright, level] = [["up", "down"], ["left", "right"]]
            .map(|keys| keys.map(|key| signs(self, key)).concat().trim_end().to_owned());
        let close = self.keymap.key(Action::Close);
        self.say(format!(
            "{}: {upright} {vertical}, {level} {horizontal}; {close} ends",
            panel.name()
        ));
    }

    /// Takes the focus from the panel that has it; whether one had.
    pub(super) fn leave_panel(&mut self) -> bool {
        let had = self.panel();
        self.panel = None;
        if matches!(had, Some(Panel::Canvas | Panel::Token)) {
            self.token = None;
        }
        had.is_some()
    }

    /// Where a panel has the focus already, a click gives it to the one that is clicked.
    pub(super) fn focus_clicked(&mut self, hit: Hit) {
        let alone = self.lanes.len() == 1;
        if self.panel.is_some() {
            self.panel = Panel::of(hit).filter(|panel| alone || *panel != Panel::Canvas);
        }
    }

    /// Does what an arrow key does in the panel that has the focus; whether it was one.
    pub(super) fn on_arrow(&mut self, key: KeyEvent) -> bool {
        let Some(panel) = self.panel().filter(|_| key.modifiers == KeyModifiers::NONE) else {
            return false;
        };
        let (vertical, direction) = match key.code {
            KeyCode::Up => (true, -1),
            KeyCode::Down => (true, 1),
            KeyCode::Left => (false, -1),
            KeyCode::Right => (false, 1),
            _ => return false,
        };
        self.notice = None;
        match (panel, vertical) {
            (Panel::Canvas, true) => self.token_of_line(direction),
            (Panel::Canvas | Panel::Token, false) => self.token_beside(direction),
            (Panel::Knobs, true) if direction < 0 => self.knob = self.knob.saturating_sub(1),
            (Panel::Knobs, true) => self.next_knob(),
            (Panel::Knobs, false) => self.nudge(self.selected_knob(), direction as i32, false),
            (Panel::Token, true) => self.go_to_change(direction),
            (Panel::Timeline, true) => (0..10).for_each(|_| self.step_in_time(direction)),
            (Panel::Timeline, false) => self.step_in_time(direction),
        }
        true
    }

    /// Where the tokens of the lane under the cursor stand, as last drawn.
    fn token_spots(&self) -> impl Iterator<Item = (usize, Rect)> {
        self.hits.iter().filter_map(|(area, hit)| match hit {
            Hit::Token { lane, position } if lane == self.focus => Some((position, area)),
            _ => None,
        })
    }

    fn token_beside(&mut self, direction: isize) {
        self.move_token_cursor(direction);
        let in_sight = self.token_spots().any(|(position, _)| Some(position) == self.token);
        if !in_sight {
            self.scroll_by(direction);
        }
    }

    /// Puts the cursor on the nearest token of the line above (-1) or below (1); the text scrolls for it.
    fn token_of_line(&mut self, direction: isize) {
        let here = self.token_spots().find(|(position, _)| Some(*position) == self.token);
        let Some((_, here)) = here else { return self.token_beside(direction) };
        let middle = |area: Rect| area.x + area.width / 2;
        let beyond = |(_, area): &(usize, Rect)| match direction {
            ..0 => area.y < here.y,
            _ => area.y > here.y,
        };
        let apart = |area: Rect| (area.y.abs_diff(here.y), middle(area).abs_diff(middle(here)));
        match self.token_spots().filter(beyond).min_by_key(|(_, area)| apart(*area)) {
            Some((position, _)) => self.token = Some(position),
            None => self.scroll_by(direction),
        }
    }

    /// Goes to the nearest moment before (-1) or after (1) the one shown in which the token under the cursor became
    /// another.
    fn go_to_change(&mut self, direction: isize) {
        let (lane, token) = (self.lane(), self.token.unwrap_or_default());
        let cell = |moment: usize| lane.history.frame(moment)?.cells.get(token);
        let changes = |moment: &usize| match (cell(*moment), cell(moment.saturating_sub(1))) {
            // What is noise in both is no change, though it be other noise.
            (Some(now), Some(before)) => {
                let (open, was_open) = (now.state.is_open(), before.state.is_open());
                open != was_open || (!open && now.id != before.id)
            }
            _ => false,
        };
        let (here, last) = (lane.playhead, lane.history.steps());
        let found = match direction {
            ..0 => (1..here).rev().find(changes),
            _ => (here + 1..=last).find(changes),
        };
        match found {
            Some(moment) => self.go_to(moment),
            None => {
                let which = if direction < 0 { "before" } else { "after this" };
                self.notice = Some(Notice::bad(format!("it did not change {which}")));
            }
        }
    }
}
