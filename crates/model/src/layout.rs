//! Where the rows of a pass stand, and which of them sees which: data, not a kind of model.

use std::ops::Range;

/// What the rows of a span see of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// Each sees itself and those before it: text, for the next token.
    Causal,
    /// Each sees all: a canvas, a block, a group of drafts.
    Bidirectional,
}

/// Neighbouring rows that see the same of what stands around them. All numbers count keys: those of a
/// cache first, then the rows of the pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The rows.
    pub rows: Range<usize>,
    /// What all of them see outside of themselves.
    pub context: Range<usize>,
    /// What they see of each other.
    pub inside: Inside,
    /// A key of the context that the first row does not see; the second does not see the next, and so
    /// on. For rows that judge a token which they must not see.
    pub unseen: Option<usize>,
}

impl Span {
    /// `rows` that see `context` and, as `inside` says, each other.
    pub fn new(rows: Range<usize>, context: Range<usize>, inside: Inside) -> Self {
        Self { rows, context, inside, unseen: None }
    }

    /// What the row at `key` sees of its own span.
    #[inline(always)]
    pub fn own(&self, key: usize) -> Range<usize> {
        match self.inside {
            Inside::Causal => self.rows.start..key + 1,
            Inside::Bidirectional => self.rows.clone(),
        }
    }

    /// What the row at `key` sees, as two stretches of keys: text and what stands before it is one stretch,
    /// the second, so that it adds up alike however much of it a cache holds.
    #[inline(always)]
    pub fn seen(&self, key: usize) -> [Range<usize>; 2] {
        let (context, own) = (self.context.clone(), self.own(key));
        let text = self.inside == Inside::Causal && self.unseen.is_none();
        if text && context.end == own.start {
            return [context.start..context.start, context.start..own.end];
        }
        [context, own]
    }

    /// Whether the row at `row` sees the key at `key`: the definition, for tests and pictures.
    pub fn sees(&self, row: usize, key: usize) -> bool {
        let unseen = self.unseen.map(|first| first + row - self.rows.start);
        self.own(row).contains(&key) || (self.context.contains(&key) && unseen != Some(key))
    }
}

/// The layout of a pass: a position for each row, for the rotary turn, and who sees whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassLayout {
    /// Where each row stands in its text.
    pub positions: Vec<u32>,
    /// Spans that cover the rows, one behind the other.
    pub spans: Vec<Span>,
    /// Keys in front of the first row: what a cache holds.
    pub cached: usize,
}

impl PassLayout {
    /// `length` rows that all see each other: denoising, as LLaDA (arXiv 2502.09992) does it.
    pub fn bidirectional(length: usize) -> Self {
        Self::finished(0, 0, length)
    }

    /// `length` rows behind `cached` others, each of which sees what stands before it.
    pub fn causal(cached: usize, length: usize) -> Self {
        Self::finished(cached, length, length)
    }

    /// `length` rows behind `cached` others, the first `finished` of which are text that no pass changes:
    /// they are causal, so that their keys and values hang on nothing that comes after. The rest, the
    /// canvas or a block, sees them and itself (the layout of I-DLM, arXiv 2604.11035, and Fast-dLLM v2).
    pub fn finished(cached: usize, finished: usize, length: usize) -> Self {
        let (text, end) = (cached + finished, cached + length);
        let causal = Span::new(cached..text, 0..cached, Inside::Causal);
        let open = Span::new(text..end, 0..text, Inside::Bidirectional);
        let spans = [causal, open].into_iter().filter(|span| !span.rows.is_empty());
        Self { positions: (cached as u32..end as u32).collect(), spans: spans.collect(), cached }
    }

    /// `length` rows behind `cached` others, which are whole blocks of `block` positions: each row sees its own block, as
    /// far as that is read, and those before it (block diffusion: BD3-LM, arXiv 2503.09573).
    pub fn blocks(cached: usize, length: usize, block: usize) -> Self {
        let end = cached + length;
        let spans = (cached..end).step_by(block.max(1)).map(|first| {
            Span::new(first..(first + block).min(end), 0..first, Inside::Bidirectional)
        });
        Self { positions: (cached as u32..end as u32).collect(), spans: spans.collect(), cached }
    }

    /// `text` rows behind `cached` others, causal, and `groups` of `masks` rows each, which draft: the last group stands
    /// behind all of the text and sees it and itself, the one before it a token less, and so on. One group is I-DLM's
    /// (arXiv 2604.11035), one for each token TiDAR's (arXiv 2511.08923).
    pub fn drafting(cached: usize, text: usize, groups: usize, masks: usize) -> Self {
        let mut layout = Self::causal(cached, text);
        let end = layout.keys();
        for fewer in (0..groups).rev().filter(|_| masks > 0) {
            let (behind, rows) = (end - fewer, layout.keys()..layout.keys() + masks);
            layout.positions.extend(behind as u32..(behind + masks) as u32);
            layout.spans.push(Span::new(rows, 0..behind, Inside::Bidirectional));
        }
        layout
    }

    /// WINO's shadow (arXiv 2507.18578): `count` rows more, one for each position from `judged` on. Each
    /// stands where its position is predicted: `shift` before it, but not before the text. Nothing sees
    /// them; each sees the others and every row but one: the first the one whose key is `judged` not, the
    /// second not the next one.
    #[must_use]
    pub fn with_shadow(mut self, shift: usize, judged: usize, count: usize) -> Self {
        let end = self.keys();
        let judges = judged..judged + count;
        self.positions.extend(judges.map(|position| position.saturating_sub(shift) as u32));
        let mut shadow = Span::new(end..end + count, 0..end, Inside::Bidirectional);
        shadow.unseen = Some(judged);
        self.spans.push(shadow);
        self
    }

    /// The last span, which sees no key from `end` on but its own.
    #[must_use]
    pub fn seeing_until(mut self, end: usize) -> Self {
        if let Some(last) = self.spans.last_mut() {
            last.context.end = last.context.end.min(end);
        }
        self
    }

    /// Rows of the pass.
    pub fn rows(&self) -> usize {
        self.positions.len()
    }

    /// Keys that there are: those of the cache and of the rows.
    pub fn keys(&self) -> usize {
        self.cached + self.rows()
    }

    /// Says what is wrong with it, if something is: spans must follow each other from the first row to the
    /// last, none of them empty, and look at keys that there are.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> std::result::Result<(), String> {
        let mut next = self.cached;
        for span in &self.spans {
            let (rows, context) = (&span.rows, &span.context);
            let overlaps =
                context.start < rows.end && rows.start < context.end && !context.is_empty();
            let inside = context.start <= context.end && context.end <= self.keys();
            let unseen = span.unseen.is_none_or(|first| {
                context.start <= first && first.saturating_add(rows.len()) <= context.end
            });
            if rows.start != next || rows.is_empty() || overlaps || !inside || !unseen {
                return Err(format!("{span:?} does not fit behind {next} of {}", self.keys()));
            }
            next = rows.end;
        }
        if next == self.keys() {
            return Ok(());
        }
        Err(format!("spans end at {next}, the rows at {}", self.keys()))
    }
}
