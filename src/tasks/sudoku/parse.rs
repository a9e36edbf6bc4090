//! Grids as people paste them.

use std::str::FromStr;

use super::grid::SudokuGrid;
use super::size::Size;
use crate::{Error, Result};

/// Whether a sign draws a border: `|`, `-`, `+`, or what Unicode has for that ("Box Drawing").
fn is_border(sign: char) -> bool {
    matches!(sign, '|' | '-' | '+' | '\u{2500}'..='\u{257f}')
}

/// Those of them that stand between the cells of a row.
const STANDING: [char; 10] = ['|', '│', '┃', '║', '┆', '┇', '┊', '┋', '╎', '╏'];

/// How an empty cell is written.
const EMPTY: [char; 5] = ['.', '0', '_', '*', '·'];

impl FromStr for SudokuGrid {
    type Err = Error;

    /// Reads 16, 36 or 81 cells: digits, with `.`, `·`, `0`, `_` or `*` for an empty one. White space, line breaks
    /// and borders of `|`, `-`, `+` or of box drawing signs may stand anywhere. Where nothing stands for an empty cell, lines of the
    /// length of a row may have spaces for them.
    ///
    /// # Errors
    /// When a character means nothing, there are fewer or more cells, a digit is too large, or a digit stands
    /// twice in a row, a column or a box.
    fn from_str(text: &str) -> Result<Self> {
        let mut cells = Vec::new();
        for character in text.chars().filter(|character| !is_between(*character)) {
            cells.push(cell(character)?);
        }
        let grid = match (with_spaces(text, &cells), Size::of_cells(cells.len())) {
            (Some(grid), _) => grid,
            (None, Some(size)) => of_size(size, &cells)?,
            (None, None) => return Err(count_error(cells.len())),
        };
        check_rules(&grid)?;
        Ok(grid)
    }
}

fn is_between(character: char) -> bool {
    character.is_whitespace() || is_border(character)
}

/// The cell that a character stands for, 0 for an empty one.
fn cell(character: char) -> Result<u8> {
    match character {
        '1'..='9' => Ok(character as u8 - b'0'),
        _ if EMPTY.contains(&character) => Ok(0),
        _ => Err(Error::invalid(format!(
            "{character:?} is no cell of a puzzle; write the digits 1 to 9, and . for an empty cell"
        ))),
    }
}

fn count_error(count: usize) -> Error {
    let cells = if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") };
    Error::invalid(format!(
        "{cells}; a puzzle of 4x4 has 16, one of 6x6 has 36: write . for each empty cell, and leave out what is \
         no cell"
    ))
}

/// A grid of cells whose number is that of `size`.
fn of_size(size: Size, cells: &[u8]) -> Result<SudokuGrid> {
    let side = size.side();
    if let Some(cell) = cells.iter().position(|digit| usize::from(*digit) > side) {
        let (row, column, digit) = (size.row(cell) + 1, size.column(cell) + 1, cells[cell]);
        return Err(Error::invalid(format!(
            "row {row}, column {column} has a {digit}; a {size} puzzle has the digits 1 to {side}"
        )));
    }
    Ok(SudokuGrid::of(size, cells.iter().copied()))
}

/// The cells of a line, spaces among them: between borders a cell each, or the cells of a box, side by side or with a
/// space around each.
fn cells_of(line: &str, size: Size) -> Vec<char> {
    let parts: Vec<Vec<char>> = line
        .trim()
        .trim_matches(STANDING)
        .split(STANDING)
        .map(|part| part.chars().collect())
        .collect();
    let first = |part: &Vec<char>| part.iter().copied().find(|sign| *sign != ' ').unwrap_or(' ');
    if parts.len() == size.side() {
        return parts.iter().map(first).collect();
    }
    let spaced = |part: &Vec<char>| part.len() == 2 * size.box_columns() + 1;
    if parts.len() > 1 && parts.iter().all(spaced) {
        return parts.iter().flat_map(|part| part.iter().skip(1).step_by(2).copied()).collect();
    }
    line.chars().filter(|sign| !is_border(*sign)).collect()
}

/// A grid whose empty cells are spaces: as many lines as a grid has rows, none longer than a row. `cells` are
/// those that were read without regard to spaces; where there is none, it is no grid.
fn with_spaces(text: &str, cells: &[u8]) -> Option<SudokuGrid> {
    let lies = |sign| is_border(sign) && !STANDING.contains(&sign);
    let is_rule = |line: &&str| line.contains(lies) && line.chars().all(is_between);
    let rows: Vec<&str> = text.lines().filter(|line| !is_rule(line)).collect();
    let size = Size::ALL.into_iter().find(|size| size.side() == rows.len())?;
    let side = size.side();
    let is_digit = |digit: &u8| (1..=side).contains(&usize::from(*digit));
    let rows: Vec<Vec<char>> = rows.into_iter().map(|row| cells_of(row, size)).collect();
    let fits = rows.iter().all(|row| row.len() <= side) && cells.iter().all(is_digit);
    if !fits || cells.is_empty() {
        return None;
    }
    let mut grid = SudokuGrid::empty(size);
    for (row, characters) in rows.iter().enumerate() {
        for (column, character) in characters.iter().enumerate() {
            let digit = character.to_digit(10).unwrap_or(0);
            grid.set(row * side + column, digit as u8);
        }
    }
    Some(grid)
}

/// An error for the first unit that holds a digit twice.
fn check_rules(grid: &SudokuGrid) -> Result<()> {
    let side = grid.size().side();
    for (index, unit) in grid.size().units().enumerate() {
        let mut count = [0; 10];
        unit.for_each(|cell| count[usize::from(grid.cells()[cell])] += 1);
        let Some(digit) = (1..=side).find(|digit| count[*digit] > 1) else { continue };
        let (kind, number) = (["row", "column", "box"][index / side], index % side + 1);
        let times = match count[digit] {
            2 => "two",
            3 => "three",
            _ => "many",
        };
        return Err(Error::invalid(format!(
            "{kind} {number} has {times} {digit}s; leave one of them"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Difficulty, Technique, puzzle_within};
    use super::*;
    use crate::tasks::Split;

    fn said(text: &str) -> String {
        text.parse::<SudokuGrid>().unwrap_err().to_string()
    }

    #[test]
    fn a_grid_is_read_however_it_is_laid_out() {
        let grid: SudokuGrid = "1..4.2..........".parse().unwrap();
        for other in [
            "1004020000000000",
            "1__4\n*2**\n....\n....\n",
            "1 . . 4  . 2 . .\n. . . .  . . . .",
            "+--+--+\n|1.|.4|\n|.2|..|\n+--+--+\n|..|..|\r\n|..|..|\n+--+--+",
            "1  4\n 2\n\n\n",
            "║ 1 │   ║   │ 4 ║\n╟───┼───╫───┼───╢\n║   │ 2 ║   │   ║\n╠═══╪═══╬═══╪═══╣\n║   │   ║   │   ║\n║   │   ║   │   ║",
            "| 1   |   4 |\n|   2 |     |\n+-----+-----+\n|     |     |\n|     |     |",
            "1··4·2··········",
            "┏━━┳━━┓\n┃1.┃.4┃\n┃.2┃..┃\n┣━━╋━━┫\n┃..┃..┃\n┃..┃..┃\n┗━━┻━━┛",
            "╔══╦══╗\n║1 ║ 4║\n║ 2║  ║\n╠══╬══╣\n║  ║  ║\n║  ║  ║\n╚══╩══╝",
        ] {
            assert_eq!(other.parse::<SudokuGrid>().unwrap(), grid, "{other}");
        }
        assert_eq!(grid.to_string().parse::<SudokuGrid>().unwrap(), grid);
        let spaced = "1 2 3 4 5 6\n4 5 6 1 2 3\n2 3 1 5 6 4\n5 6 4 2 3 1\n3 1 2 6 4 5\n6 4 5 3 1 2";
        assert_eq!(spaced.parse::<SudokuGrid>().unwrap().filled(), 36);
    }

    #[test]
    fn spaces_are_empty_cells_where_lines_are_as_long_as_rows() {
        // As many digits as a 6x6 grid has cells.
        let difficulty = Difficulty { technique: Technique::Guess, clues: 36..=36 };
        let puzzle = puzzle_within(Size::Nine, 1, Split::Training, 0, &difficulty).unwrap();
        let line = puzzle.givens.to_string().replace('.', " ");
        let rows: Vec<&str> = (0..9).map(|row| line[9 * row..][..9].trim_end()).collect();
        assert_eq!(rows.join("\n").parse::<SudokuGrid>().unwrap(), puzzle.givens);

        let bordered = "12 |345\n 34|   \n-- + --\n|  |  |\n";
        assert_eq!(
            (bordered.to_owned() + "\n\n 56| 1").parse::<SudokuGrid>().unwrap().to_string(),
            "12.345.34......................56.1."
        );
        let missing = said(&"12  \n".repeat(3));
        assert_eq!(missing.split(';').next(), Some("6 cells"));
    }

    #[test]
    fn an_error_names_the_thing_the_value_and_the_mend() {
        assert_eq!(
            said(&".".repeat(80)),
            "80 cells; a puzzle of 4x4 has 16, one of 6x6 has 36: write . for each empty cell, and leave out what is no cell"
        );
        for nothing in ["", "\n\n\n\n", "|  |"] {
            assert_eq!(said(nothing).split(';').next(), Some("0 cells"), "{nothing:?}");
        }
        assert_eq!(
            said("1x..............\u{1b}"),
            "'x' is no cell of a puzzle; write the digits 1 to 9, and . for an empty cell"
        );
        assert_eq!(
            said("....5..........."),
            "row 2, column 1 has a 5; a 4x4 puzzle has the digits 1 to 4"
        );
        assert_eq!(said("........3.3....."), "row 3 has two 3s; leave one of them");
        assert_eq!(said(".2...2...2......"), "column 2 has three 2s; leave one of them");
        assert_eq!(said("..1....1........"), "box 2 has two 1s; leave one of them");
    }
}
