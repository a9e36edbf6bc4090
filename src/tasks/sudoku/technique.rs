//! How hard a puzzle is: the hardest technique of a human that it takes.

use super::board::{BitBoard, Contradiction};
use super::grid::SudokuGrid;
use super::solver;

/// A human technique; those before it are easier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Technique {
    /// A cell that has one candidate.
    NakedSingle,
    /// A digit that has one place in a unit.
    HiddenSingle,
    /// A digit whose places in a box are in one line, or in a line in one box.
    LockedCandidates,
    /// Two cells of a unit with the same two candidates.
    NakedPair,
    /// Two digits with the same two places in a unit.
    HiddenPair,
    /// None of these is enough: something must be tried, or a technique beyond these known.
    Guess,
}

impl Technique {
    /// All of them, the easiest first.
    pub const ALL: [Self; 6] = [
        Self::NakedSingle,
        Self::HiddenSingle,
        Self::LockedCandidates,
        Self::NakedPair,
        Self::HiddenPair,
        Self::Guess,
    ];

    /// Does what it can do at one place or at several; whether there was one.
    fn apply(self, board: &mut BitBoard) -> Result<bool, Contradiction> {
        match self {
            Self::NakedSingle => board.place_naked_singles(),
            Self::HiddenSingle => board.place_hidden_singles(),
            Self::LockedCandidates => Ok(lock_candidates(board)),
            Self::NakedPair => Ok(use_naked_pairs(board)),
            Self::HiddenPair => Ok(use_hidden_pairs(board)),
            Self::Guess => Ok(false),
        }
    }
}

impl std::fmt::Display for Technique {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NakedSingle => "naked single",
            Self::HiddenSingle => "hidden single",
            Self::LockedCandidates => "locked candidates",
            Self::NakedPair => "naked pair",
            Self::HiddenPair => "hidden pair",
            Self::Guess => "guess",
        })
    }
}

/// The hardest technique that solving takes when the easiest that helps is always used; nothing where there
/// is not exactly one solution. A grid without empty cells takes the easiest.
pub fn grade(grid: &SudokuGrid) -> Option<Technique> {
    let technique = hardest_needed(BitBoard::of(grid)?, Technique::HiddenPair);
    technique.or_else(|| (solver::solutions(grid, 2) == 1).then_some(Technique::Guess))
}

/// The hardest technique that a board takes, none of them beyond `most`; nothing where they are not enough.
/// What they solve has no other solution, since each rules out only what no solution has.
pub(super) fn hardest_needed(mut board: BitBoard, most: Technique) -> Option<Technique> {
    let allowed = Technique::ALL.into_iter().filter(|technique| *technique <= most);
    let mut hardest = Technique::NakedSingle;
    while board.open() != 0 {
        let helps = |technique: Technique| match technique.apply(&mut board) {
            Ok(false) => None,
            Ok(true) => Some(Ok(technique)),
            Err(contradiction) => Some(Err(contradiction)),
        };
        hardest = hardest.max(allowed.clone().find_map(helps)?.ok()?);
    }
    Some(hardest)
}

/// Rules out a digit in the rest of a line whose box needs it there, and in the rest of a box whose line does.
fn lock_candidates(board: &mut BitBoard) -> bool {
    let side = board.size().side();
    let (lines, boxes) = board.size().layout().units.split_at(2 * side);
    let mut changed = false;
    for digit in 0..side {
        for line in lines {
            for region in boxes.iter().filter(|region| *region & line != 0) {
                let possible = board.possible(digit);
                let (of_line, of_box) = (possible & line & !region, possible & region & !line);
                if of_box == 0 {
                    changed |= board.forbid(digit, of_line);
                } else if of_line == 0 {
                    changed |= board.forbid(digit, of_box);
                }
            }
        }
    }
    changed
}

/// Rules out the two digits of a naked pair in the rest of its unit.
fn use_naked_pairs(board: &mut BitBoard) -> bool {
    let mut changed = false;
    let with_two = board.with_two_candidates();
    for (one, other) in pairs_of_digits(board) {
        let cells = with_two & board.possible(one) & board.possible(other);
        for unit in board.size().layout().units.iter().filter(|unit| is_pair(cells & **unit)) {
            let rest = unit & !cells;
            changed |= board.forbid(one, rest) | board.forbid(other, rest);
        }
    }
    changed
}

/// Rules out all other digits in the two cells of a hidden pair.
fn use_hidden_pairs(board: &mut BitBoard) -> bool {
    let side = board.size().side();
    let mut changed = false;
    for (one, other) in pairs_of_digits(board) {
        for unit in &board.size().layout().units {
            let cells = board.possible(one) & unit;
            if is_pair(cells) && cells == board.possible(other) & unit {
                for digit in (0..side).filter(|digit| *digit != one && *digit != other) {
                    changed |= board.forbid(digit, cells);
                }
            }
        }
    }
    changed
}

fn pairs_of_digits(board: &BitBoard) -> impl Iterator<Item = (usize, usize)> + use<> {
    let side = board.size().side();
    (0..side).flat_map(move |one| (one + 1..side).map(move |other| (one, other)))
}

fn is_pair(cells: u128) -> bool {
    cells.count_ones() == 2
}

#[cfg(test)]
mod tests {
    use super::super::{Size, puzzle};
    use super::*;
    use crate::tasks::Split;

    #[test]
    fn a_puzzle_has_the_grade_of_the_hardest_technique_that_it_takes() {
        let graded = [
            "51.2.363.4.1....4.425.1.1.....2.6135",
            ".45..3...5.....3..6.1.......2...64..",
            ".2.5....3...3...6..5..2.....3......4",
            "......52.4........35.2.....3.61.....",
            "2.4.9...7..1..49.35..7......2.5....99..6...72....8....8........7.9.1..254...5..3.",
            ".3...41...5.4....2........36....5.2.",
        ];
        for (givens, technique) in graded.into_iter().zip(Technique::ALL) {
            let givens: SudokuGrid = givens.parse().unwrap();
            assert_eq!(grade(&givens), Some(technique), "{givens}");
            for most in Technique::ALL.into_iter().filter(|most| *most < Technique::Guess) {
                let found = hardest_needed(BitBoard::of(&givens).unwrap(), most);
                assert_eq!(found.is_some(), most >= technique, "{givens} with up to a {most}");
            }
        }
    }

    #[test]
    fn what_has_no_solution_or_several_has_no_grade() {
        assert_eq!(grade(&SudokuGrid::empty(Size::Six)), None);
        assert_eq!(grade(&SudokuGrid::of(Size::Four, [1, 1])), None, "against the rules");
        assert_eq!(
            grade(&SudokuGrid::of(Size::Four, [1, 2, 3, 0, 0, 0, 0, 4])),
            None,
            "no place for a 4"
        );
        let full = puzzle(Size::Nine, 1, Split::Training, 0).solution;
        assert_eq!(grade(&full), Some(Technique::NakedSingle), "nothing is left to do");
    }

    #[test]
    fn no_technique_rules_out_the_solution() {
        for size in [Size::Six, Size::Nine] {
            for index in 0..60 {
                let puzzle = puzzle(size, 2, Split::Training, index);
                let mut board = BitBoard::of(&puzzle.givens).unwrap();
                // The hardest that helps comes first, so that all have something to do.
                while Technique::ALL.iter().rev().any(|t| t.apply(&mut board).ok().unwrap()) {
                    for (cell, digit) in puzzle.solution.cells().iter().enumerate() {
                        assert!(board.allows(cell, usize::from(*digit) - 1), "{}", puzzle.givens);
                    }
                }
                assert_eq!(board.open() == 0, puzzle.technique < Technique::Guess);
            }
        }
    }
}
