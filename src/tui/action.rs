//! What a person can do, by name.

/// Declares the actions once, by group: variant, name, help and default keys.
macro_rules! actions {
    ($($group:ident $title:literal {
        $($variant:ident $name:literal $help:literal [$($key:literal),*];)*
    })*) => {
        /// One thing that a person can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[doc = $help] $variant,)*)*
        }

        impl Action {
            /// Every action, in the order in which help and palette list them.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)*)*];

            /// What it is called in the configuration.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$variant => $name,)*)* }
            }

            /// What it does.
            pub fn help(self) -> &'static str {
                match self { $($(Self::$variant => $help,)*)* }
            }

            /// What it is about.
            pub fn group(self) -> ActionGroup {
                match self { $($(Self::$variant => ActionGroup::$group,)*)* }
            }

            /// The keys that do it unless the configuration says otherwise.
            pub fn default_keys(self) -> &'static [&'static str] {
                match self { $($(Self::$variant => &[$($key),*],)*)* }
            }
        }

        /// What actions are about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ActionGroup {
            $(#[doc = $title] $group,)*
        }

        impl ActionGroup {
            /// Every group, in the order in which the help shows them.
            pub const ALL: &'static [Self] = &[$(Self::$group,)*];

            /// What the help calls it.
            pub fn title(self) -> &'static str {
                match self { $(Self::$group => $title,)* }
            }
        }
    };
}

actions! {
    Run "the run" {
        Pause "pause" "pause, and go on" ["space"];
        StepOnce "step" "one denoising step" ["."];
        Restart "restart" "again, knobs as they are" ["r"];
        NewSeed "new-seed" "again with a new seed" ["n"];
        EditPrompt "edit-prompt" "write another prompt" ["p", "e"];
        Repair "repair" "noise it, and repair it" ["m"];
        Cancel "cancel" "give the run up" ["x"];
        SaveTrace "save-trace" "write the run into a file" ["ctrl-s"];
        ExportPage "export-page" "make a page of the run" ["ctrl-e"];
        CopyText "copy-text" "copy the text" ["ctrl-y"];
        CopyCommand "copy-command" "copy the command for it" ["ctrl-g"];
        Slower "slower" "show it slower" ["<", ","];
        Faster "faster" "show it faster" [">", "/"];
    }
    Time "back and forth in time" {
        TimeBack "time-back" "one step back in time" ["left"];
        TimeForward "time-forward" "one step forward in time" ["right"];
        TimeStart "time-start" "back to the noise" ["home"];
        TimeEnd "time-end" "forward to now" ["end"];
        ContinueHere "continue-here" "go on from the step shown" ["enter"];
        BranchPrevious "branch-previous" "the branch before" ["{"];
        BranchNext "branch-next" "the branch after" ["}"];
    }
    Knobs "knobs" {
        KnobPrevious "knob-previous" "the knob above" ["up", "k"];
        KnobNext "knob-next" "the knob below" ["down", "j"];
        AllKnobs "all-knobs" "all knobs, or the main" [";"];
        KnobUp "knob-up" "turn the knob up" ["+", "=", "l"];
        KnobDown "knob-down" "turn the knob down" ["-", "h"];
        KnobFineUp "knob-fine-up" "turn it up a little" ["]"];
        KnobFineDown "knob-fine-down" "turn it down a little" ["["];
        KnobReset "knob-reset" "put the knob back" ["backspace"];
        Presets "presets" "choose named settings" ["o"];
        SavePreset "save-preset" "keep these knobs by name" ["s"];
        Sweep "sweep" "sweep the knob" ["g"];
    }
    Look "what is shown" {
        ColorMode "color-mode" "what the colours mean" ["c"];
        Zen "zen" "the text alone, or panels" ["z"];
        Layout "layout" "how tokens are laid out" ["w"];
        PanelNext "panel-next" "arrows to the next panel" ["tab"];
        PanelPrevious "panel-previous" "arrows to the one before" ["shift-tab"];
        Theme "theme" "choose a theme" ["t"];
        ScrollUp "scroll-up" "scroll the canvas up" ["pageup"];
        ScrollDown "scroll-down" "scroll the canvas down" ["pagedown"];
    }
    Tokens "a single token" {
        TokenPrevious "token-previous" "look at the token before" ["shift-left"];
        TokenNext "token-next" "look at the token after" ["shift-right"];
        Pin "pin" "pin the token, or let go" ["*"];
        Renoise "renoise" "make noise of the token" ["#"];
        NextCandidate "next-candidate" "put its next candidate" ["!"];
        Undo "undo" "take a change by hand back" ["("];
        Redo "redo" "do it again" [")"];
    }
    SideBySide "side by side" {
        Race "race" "race autoregression" ["v"];
        Compare "compare" "compare two samplers" ["b"];
        LaneNext "lane-next" "the next lane, or token" ["shift-down"];
        LaneAdd "lane-add" "one more lane" ["a"];
        LaneDrop "lane-drop" "give this lane up" ["d"];
        LaneAlone "lane-alone" "this lane alone" ["f"];
        Order "order" "in step, at once, or fair" ["i"];
        Tally "tally" "problems, and who solves them" ["%"];
        Why "why" "why it was faster, or not" ["y"];
    }
    Program "the program" {
        Palette "palette" "find anything by name" [":", "ctrl-p"];
        Models "models" "choose another model" ["ctrl-o"];
        NextTask "next-task" "the next task's model" ["u"];
        Reload "reload" "load the model again" ["ctrl-r"];
        Close "close" "close what is open" ["esc"];
        Help "help" "show or hide the keys" ["?", "f1"];
        Suspend "suspend" "to the shell; fg returns" ["ctrl-z"];
        Quit "quit" "leave" ["q", "ctrl-c"];
    }
}

impl Action {
    /// The action called `name`, in this version or an earlier one.
    pub fn find(name: &str) -> Option<Self> {
        let name = if name == "mend" { Self::Repair.name() } else { name };
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// Whether a model has to be there for it: a run that was recorded has none.
    pub fn needs_model(self) -> bool {
        use Action::{Cancel, NextCandidate, Redo, Sweep, Tally, Undo, Why};
        use Action::{Compare, LaneAdd, LaneAlone, LaneDrop, NewSeed, Order, Race};
        use Action::{EditPrompt, Models, NextTask, Pin, Presets, Reload, Renoise, Repair};
        matches!(
            self,
            Cancel
                | NewSeed
                | EditPrompt
                | Repair
                | Presets
                | Sweep
                | Pin
                | Renoise
                | NextCandidate
                | Undo
                | Redo
                | Race
                | Compare
                | LaneAdd
                | LaneDrop
                | LaneAlone
                | Order
                | Tally
                | Why
                | Models
                | NextTask
                | Reload
        )
    }

    /// Whether what is written may be gone for it: another text begins, or this one is given up. A key that is pressed
    /// for something else, while something lies over the text, does none of these.
    pub fn gives_text_up(self) -> bool {
        use Action::{Cancel, Compare, LaneAdd, LaneAlone, LaneDrop, NewSeed, Order, Race};
        use Action::{NextCandidate, NextTask, Redo, Reload, Renoise, Repair, Restart};
        use Action::{Sweep, Tally, Undo};
        matches!(
            self,
            Restart
                | NewSeed
                | Repair
                | Cancel
                | Race
                | Compare
                | LaneAdd
                | LaneDrop
                | LaneAlone
                | Order
                | Sweep
                | Tally
                | Reload
                | Renoise
                | NextCandidate
                | Undo
                | Redo
                | NextTask
        )
    }
}
