//! What Python's tokenizer refuses and the parser takes: brackets and levels that stand too deep in each
//! other, and tabs and spaces that do not agree.

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::Ranged;

/// Brackets and levels of indentation that Python's own tokenizer counts up to.
const MAX_BRACKETS: usize = 200;
const MAX_LEVELS: usize = 100;

/// Columns to the next tab stop.
const TAB: usize = 8;

/// What is wrong with the layout of a program, and at which byte.
pub fn mistake(source: &str, tokens: &Tokens) -> Option<(usize, &'static str)> {
    too_deep(tokens).or_else(|| source.contains('\t').then(|| uneven(source, tokens)).flatten())
}

fn too_deep(tokens: &Tokens) -> Option<(usize, &'static str)> {
    let (mut brackets, mut levels) = (0usize, 0usize);
    for token in tokens.iter() {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => brackets += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                brackets = brackets.saturating_sub(1)
            }
            TokenKind::Indent => levels += 1,
            TokenKind::Dedent => levels = levels.saturating_sub(1),
            _ => {}
        }
        if brackets > MAX_BRACKETS {
            return Some((token.range().start().to_usize(), "too many nested parentheses"));
        }
        if levels >= MAX_LEVELS {
            return Some((token.range().start().to_usize(), "too many levels of indentation"));
        }
    }
    None
}

/// Measures indentation twice, with tabs of eight columns and of one: both must tell the same.
fn uneven(source: &str, tokens: &Tokens) -> Option<(usize, &'static str)> {
    let mut levels = vec![(0, 0)];
    let mut is_line_start = true;
    for token in tokens.iter() {
        match token.kind() {
            TokenKind::Newline => is_line_start = true,
            TokenKind::NonLogicalNewline
            | TokenKind::Comment
            | TokenKind::Indent
            | TokenKind::Dedent => {}
            _ if is_line_start => {
                is_line_start = false;
                let at = token.range().start().to_usize();
                let before = source.get(..at).unwrap_or_default();
                let indent = before.get(before.rfind('\n').map_or(0, |newline| newline + 1)..)?;
                if !indent_fits(&mut levels, columns(indent)) {
                    return Some((at, "inconsistent use of tabs and spaces in indentation"));
                }
            }
            _ => {}
        }
    }
    None
}

fn columns(indent: &str) -> (usize, usize) {
    indent.chars().fold((0, 0), |(wide, narrow), char| match char {
        '\t' => ((wide / TAB + 1) * TAB, narrow + 1),
        '\x0c' => (0, 0),
        _ => (wide + 1, narrow + 1),
    })
}

fn indent_fits(levels: &mut Vec<(usize, usize)>, line: (usize, usize)) -> bool {
    let Some(last) = levels.last().copied() else {
        return false;
    };
    if line.0 > last.0 {
        levels.push(line);
        return line.1 > last.1;
    }
    while levels.last().is_some_and(|level| level.0 > line.0) {
        levels.pop();
    }
    levels.last() == Some(&line)
}
