//! What a written grid is worth.

use super::grid::SudokuGrid;

/// A written grid against its puzzle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GridScore {
    /// Whether every cell is that of the one solution.
    pub solved: bool,
    /// Cells that were empty and are right.
    pub right: usize,
    /// Cells that were empty.
    pub asked: usize,
    /// Cells, given ones among them, whose digit stands twice in a row, a column or a box.
    pub conflicts: usize,
}

impl GridScore {
    /// Measures a text, a character a cell in reading order, as in a document. A character that is no digit of
    /// the size, and a cell without a character, are wrong; so is whatever stands behind the last cell.
    pub fn of(givens: &SudokuGrid, solution: &SudokuGrid, written: &str) -> Self {
        let digit = |character: char| character.to_digit(10).unwrap_or(0) as u8;
        let grid = SudokuGrid::of(solution.size(), written.chars().map(digit));
        let cells = givens.cells().iter().zip(solution.cells()).zip(grid.cells());
        let asked: Vec<bool> = cells
            .filter(|((given, _), _)| **given == 0)
            .map(|((_, right), written)| right == written)
            .collect();
        Self {
            solved: written == solution.to_string(),
            right: asked.iter().filter(|right| **right).count(),
            asked: asked.len(),
            conflicts: grid.conflicts().iter().filter(|conflict| **conflict).count(),
        }
    }
}

/// For each cell of `written` whether it breaks a rule: it holds no digit, one that stands twice, or another one than
/// `givens` have there.
pub fn broken_cells(givens: &SudokuGrid, written: &SudokuGrid) -> Vec<bool> {
    let cells = written.cells().iter().zip(givens.cells());
    let alone = cells.map(|(written, given)| *written == 0 || *given > 0 && written != given);
    alone.zip(written.conflicts()).map(|(broken, twice)| broken || twice).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Size, puzzle};
    use super::*;
    use crate::tasks::Split;

    #[test]
    fn a_solution_is_solved_and_one_wrong_cell_is_not() {
        let puzzle = puzzle(Size::Six, 1, Split::HeldOut, 0);
        let solution = puzzle.solution.to_string();
        let asked = 36 - puzzle.givens.filled();
        let score = GridScore::of(&puzzle.givens, &puzzle.solution, &solution);
        assert_eq!(score, GridScore { solved: true, right: asked, asked, conflicts: 0 });

        let cell = puzzle.givens.cells().iter().position(|digit| *digit == 0).unwrap();
        let other = if puzzle.solution.cells()[cell] == 1 { "2" } else { "1" };
        let mut wrong = solution.clone();
        wrong.replace_range(cell..cell + 1, other);
        let score = GridScore::of(&puzzle.givens, &puzzle.solution, &wrong);
        assert_eq!((score.solved, score.right), (false, asked - 1));
        assert!(score.conflicts >= 2, "{score:?}");
        assert!(
            !GridScore::of(&puzzle.givens, &puzzle.solution, &(solution + "1")).solved,
            "more than a grid"
        );
    }

    #[test]
    fn a_given_that_was_written_over_is_not_solved() {
        let puzzle = puzzle(Size::Four, 1, Split::Training, 0);
        let cell = puzzle.givens.cells().iter().position(|digit| *digit != 0).unwrap();
        let mut written = puzzle.solution.to_string();
        written.replace_range(cell..cell + 1, "?");
        let score = GridScore::of(&puzzle.givens, &puzzle.solution, &written);
        assert_eq!((score.solved, score.right), (false, score.asked));
    }

    #[test]
    fn what_is_no_grid_is_wrong_and_no_error() {
        let puzzle = puzzle(Size::Nine, 1, Split::Training, 0);
        let asked = 81 - puzzle.givens.filled();
        for text in ["", "once upon a time", "\u{1b}[J", "é\n\n", &"0".repeat(81)] {
            let score = GridScore::of(&puzzle.givens, &puzzle.solution, text);
            assert_eq!(
                score,
                GridScore { solved: false, right: 0, asked, conflicts: 0 },
                "{text:?}"
            );
        }
    }
}
