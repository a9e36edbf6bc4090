//! What a task says of the texts that its model has finished.

use std::sync::Arc;

use super::app::App;
use crate::tasks::exam::TaskGrade;
use crate::trace::{Cell, CellState};
use crate::visible;

/// What a task says of a finished text.
#[derive(Clone, Debug)]
pub enum TaskVerdict {
    /// What it is worth as an answer to a problem whose right answer is known.
    Graded(TaskGrade),
    /// What can be said without a right answer.
    Remark(String),
}

impl TaskVerdict {
    /// It, in a few words.
    pub fn words(&self) -> String {
        match self {
            Self::Graded(grade) => grade.in_words(),
            Self::Remark(words) => words.clone(),
        }
    }
}

impl App {
    /// What its task says of the text of the lane at `index`, which is finished; nothing where its model was trained
    /// for none, or nothing can be said.
    pub(super) fn task_verdict(&self, index: usize) -> Option<TaskVerdict> {
        let lane = self.lanes.get(index)?;
        let about = &self.model(lane)?.about;
        let task = about.task()?;
        let cells = lane.history.last()?.cells.get(self.hidden_tokens(lane)..)?;
        let is_given = |cell: &&Arc<Cell>| cell.state == CellState::Prompt;
        let (given, behind) = cells.split_at(cells.iter().take_while(is_given).count());
        let text = |cells: &[Arc<Cell>]| {
            let until_end = cells.iter().map(|cell| cell.id);
            let ids: Vec<u32> = until_end.take_while(|id| !about.vocabulary.is_eos(*id)).collect();
            about.tokenizer.decode(&ids)
        };
        // Where something is given behind the noise, too, something else is asked for than an answer.
        let answers = behind.iter().all(|cell| cell.state != CellState::Fixed);
        let problem = answers.then(|| task.problem_of(&text(given))).flatten();
        match problem {
            Some(problem) => {
                let scores = task.score(&problem, &text(behind));
                Some(TaskVerdict::Graded(TaskGrade::of(task.measures(), scores)))
            }
            // It may quote what the model wrote.
            None => task
                .remark(&text(cells))
                .map(|words| TaskVerdict::Remark(visible::line(&words).into_owned())),
        }
    }
}
