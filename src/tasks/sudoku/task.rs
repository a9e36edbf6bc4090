//! Sudoku as a task: 4x4 grids first, 6x6 from then on.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use super::{
    Difficulty, GridScore, Puzzle, Size, SudokuGrid, Technique, broken_cells, puzzle,
    puzzle_within, solutions, solve,
};
use crate::beginnings::{Beginning, BeginningKind};
use crate::tasks::exam::EXAM_SEED;
use crate::tasks::{Document, Measure, Problem, Shape, ShownAs, Split, Task, Way};
use crate::{Error, Result};

/// Documents of 4x4 grids before the first 6x6: a grid that is learned in minutes, and what it teaches, that no
/// digit stands twice, holds for the others.
const EASY: u64 = 16_384;
/// Of the documents behind them, every so many is a 4x4 still, so that they are not forgotten.
const STILL_EASY: u64 = 3;

/// Puzzles in, solutions out.
pub struct Sudoku;

impl Sudoku {
    fn problem_of(puzzle: &Puzzle) -> Problem {
        let document = puzzle.document();
        let (prompt, answer) = document.text.split_at(document.given);
        let group = puzzle.givens.size().name();
        Problem { prompt: prompt.to_owned(), answer: answer.to_owned(), group }
    }
}

impl Task for Sudoku {
    fn name(&self) -> &'static str {
        "sudoku"
    }

    fn about(&self) -> &'static str {
        "fills the empty cells of a Sudoku: no digit twice in a row, a column or a box"
    }

    fn document(&self, seed: u64, part: Split, index: u64) -> Document {
        let is_easy = part == Split::Training && index < EASY || index.is_multiple_of(STILL_EASY);
        let size = if is_easy { Size::Four } else { Size::Six };
        puzzle(size, seed, part, index).document()
    }

    fn problem(&self, seed: u64, part: Split, index: u64) -> Problem {
        let size = if index.is_multiple_of(2) { Size::Four } else { Size::Six };
        Self::problem_of(&puzzle(size, seed, part, index))
    }

    fn measures(&self) -> &'static [Measure] {
        const MEASURES: [Measure; 3] = [
            Measure {
                name: "solved",
                about: "every cell is right",
                said: Some(["not solved", "solved"]),
            },
            Measure { name: "cells", about: "empty cells that were filled right", said: None },
            Measure {
                name: "lawful",
                about: "cells whose digit stands nowhere else in row, column and box",
                said: None,
            },
        ];
        &MEASURES
    }

    fn score(&self, problem: &Problem, written: &str) -> Vec<f64> {
        let [Ok(givens), Ok(solution)] =
            [&problem.prompt, &problem.answer].map(|text| text.parse())
        else {
            return vec![0.0; self.measures().len()];
        };
        let score = GridScore::of(&givens, &solution, written);
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        vec![
            f64::from(u8::from(score.solved)),
            share(score.right, score.asked),
            1.0 - share(score.conflicts, solution.cells().len()),
        ]
    }

    /// Every puzzle with one solution: that is found.
    fn problem_of(&self, given: &str) -> Option<Problem> {
        let givens: SudokuGrid = given.parse().ok()?;
        let solution = solve(&givens).filter(|_| solutions(&givens, 2) == 1)?;
        let prompt = format!("{givens}\n");
        let size = givens.size();
        let answer = solution.to_string();
        (prompt == given).then(|| Problem { prompt, answer, group: size.name() })
    }

    /// Of a puzzle with several solutions: whether this is one of them.
    fn remark(&self, text: &str) -> Option<String> {
        let (givens, written) = text.split_once('\n')?;
        let givens: SudokuGrid = givens.parse().ok()?;
        let digit = |sign: char| sign.to_digit(10).unwrap_or(0) as u8;
        let written = SudokuGrid::of(givens.size(), written.chars().map(digit));
        let broken = broken_cells(&givens, &written).into_iter().filter(|broken| *broken).count();
        Some(match broken {
            0 => "solved, as one of several ways".to_owned(),
            1 => "not solved, 1 cell breaks a rule".to_owned(),
            broken => format!("not solved, {broken} cells break a rule"),
        })
    }

    fn prompt_help(&self) -> &'static str {
        "a Sudoku of 4x4 or 6x6, row by row in any layout: its digits, and . or 0 for each empty cell"
    }

    /// A puzzle in any layout, made what the model knows; behind it the hole for its solution may stand.
    fn prompt(&self, typed: &str) -> Result<String> {
        let (puzzle, hole) = match typed.find("[[") {
            Some(at) => typed.split_at(at),
            None => (typed, ""),
        };
        let whole: Result<SudokuGrid> = puzzle.parse();
        let fits = |grid: &SudokuGrid| hole == format!("[[{}]]", grid.size().cells());
        if !hole.is_empty() && !whole.as_ref().is_ok_and(fits) {
            return Err(Error::invalid(
                "a hole is no cell of a Sudoku; type the whole puzzle, with . or 0 for each empty cell",
            ));
        }
        let grid = whole?;
        let size = grid.size();
        if size == Size::Nine {
            return Err(Error::invalid(
                "a puzzle of 9x9; the model learned 4x4 and 6x6: type one of 16 or 36 cells",
            ));
        }
        if solve(&grid).is_none() {
            return Err(Error::invalid(
                "this puzzle has no solution: no digits for its empty cells keep the rules; change or empty a cell",
            ));
        }
        Ok(format!("{grid}\n[[{}]]", size.cells()))
    }

    fn repaired(&self, _: &str) -> Result<()> {
        Err(Error::invalid(
            "a Sudoku is filled, not repaired: type its puzzle, with . or 0 for each empty cell, as a prompt",
        ))
    }

    fn room(&self, answer: usize) -> usize {
        answer
    }

    fn ways(&self) -> &'static [Way] {
        const WAYS: [Way; 3] = [
            Way {
                name: "autoregressive",
                knobs: &[("sampler", "autoregressive"), ("temperature", "0")],
            },
            Way {
                name: "margin, 12 passes",
                knobs: &[("sampler", "topk-margin"), ("steps", "12"), ("temperature", "0")],
            },
            Way {
                name: "random, 12 passes",
                knobs: &[("sampler", "random"), ("steps", "12"), ("temperature", "0")],
            },
        ];
        &WAYS
    }

    fn beginnings(&self) -> &'static [Beginning] {
        static ALL: LazyLock<Vec<Beginning>> = LazyLock::new(beginnings);
        &ALL
    }

    fn shown_as(&self) -> ShownAs {
        ShownAs::Grid
    }

    fn shape(&self) -> Shape {
        // A token a cell: the 256 bytes and two control tokens, and nothing merged.
        Shape { hidden: 128, layers: 6, heads: 4, vocab: 258 }
    }
}

/// Held-out puzzles from easy to hard.
fn beginnings() -> Vec<Beginning> {
    /// What they are called, and what bounds them: of a 6x6 the fewer cells are given, the harder it is.
    const PUZZLES: [(&str, Size, Technique, RangeInclusive<usize>); 6] = [
        ("4x4, easy", Size::Four, Technique::NakedSingle, 7..=9),
        ("4x4, hard", Size::Four, Technique::Guess, 4..=5),
        ("6x6, easy", Size::Six, Technique::NakedSingle, 18..=21),
        ("6x6, medium", Size::Six, Technique::HiddenSingle, 13..=15),
        ("6x6, hard", Size::Six, Technique::Guess, 10..=11),
        ("6x6, few givens", Size::Six, Technique::Guess, 9..=9),
    ];
    let puzzles = (0..).zip(PUZZLES).filter_map(|(index, (about, size, technique, clues))| {
        let difficulty = Difficulty { technique, clues };
        let puzzle = puzzle_within(size, EXAM_SEED, Split::HeldOut, index, &difficulty).ok()?;
        let text = Cow::Owned(puzzle.givens.to_string());
        Some(Beginning { kind: BeginningKind::Infilling, about, text })
    });
    puzzles.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_answer_scores_full_and_nonsense_scores_none() {
        for index in 0..6 {
            let problem = Sudoku.problem(3, Split::HeldOut, index);
            assert_eq!(Sudoku.score(&problem, &problem.answer), [1.0; 3], "{}", problem.group);
            assert_eq!(Sudoku.score(&problem, "no grid at all")[..2], [0.0; 2]);
            assert_eq!(problem.group, ["4x4", "6x6"][index as usize % 2]);
        }
    }

    #[test]
    fn a_puzzle_is_read_in_any_layout_and_nonsense_is_answered() {
        let rows = "1 . | . .\n. . | 3 .\n----+----\n. 4 | . .\n. . | . 2";
        assert_eq!(Sudoku.prompt(rows).unwrap(), "1.....3..4.....2\n[[16]]");
        let problem = Sudoku.prompt(rows).unwrap();
        assert_eq!(Sudoku.prompt(&problem).unwrap(), problem);
        let refused = |typed: &str| Sudoku.prompt(typed).unwrap_err().to_string();
        assert!(refused("Once upon a time").contains("no cell of a puzzle"));
        for holes in ["[[16]]", "1..\n[[3]]", "12..[[12]]", "1.....3..4.....2\n[[15]]"] {
            assert!(refused(holes).contains("a hole is no cell"), "{holes}");
        }
        assert!(Sudoku.repaired("1234341221434321").is_err());
        assert!(refused("123").contains("4x4 has 16, one of 6x6 has 36"));
        // The last cell of the first row has 4 below it, and 1 to 3 beside it.
        assert!(refused("123....4........").contains("no solution"));
        assert!(refused(&".".repeat(81)).contains("4x4 and 6x6"));
    }

    #[test]
    fn every_puzzle_with_one_solution_is_a_known_problem() {
        for index in 0..4 {
            let problem = Sudoku.problem(11, Split::HeldOut, index);
            assert_eq!(Sudoku.problem_of(&problem.prompt), Some(problem));
        }
        for given in ["................\n", "11..............\n", "Once upon a time", ""] {
            assert_eq!(Sudoku.problem_of(given), None, "{given}");
        }
    }

    #[test]
    fn of_several_solutions_each_is_one() {
        let said = |text: &str| Sudoku.remark(text).unwrap();
        assert_eq!(said("1...............\n1234341221434321"), "solved, as one of several ways");
        assert_eq!(said("1...............\n2234341221434321"), "not solved, 3 cells break a rule");
        assert_eq!(said("1...............\n123434122143432x"), "not solved, 1 cell breaks a rule");
        assert_eq!(Sudoku.remark("1..............."), None);
    }

    #[test]
    fn what_is_given_ends_with_its_line() {
        for index in [0, EASY, EASY + 5] {
            let document = Sudoku.document(1, Split::Training, index);
            assert_eq!(document.text.as_bytes()[document.given - 1], b'\n');
            assert_eq!(document.text.len(), 2 * document.given - 1);
        }
    }
}
