//! Which points are worth having: the best front, and the knee of it.

/// The places in `points` of those that no other beats: none is as low in both coordinates and lower in
/// one (the Pareto front). From left to right; of equal points the first. Points that are not numbers
/// are left out.
pub fn pareto_front(points: &[(f64, f64)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.retain(|at| points[*at].0.is_finite() && points[*at].1.is_finite());
    // Sorting is stable, so of equal points the first stays first.
    order.sort_by(|a, b| {
        let ((ax, ay), (bx, by)) = (points[*a], points[*b]);
        ax.total_cmp(&bx).then(ay.total_cmp(&by))
    });
    let mut lowest = f64::INFINITY;
    order.retain(|at| {
        let better = points[*at].1 < lowest;
        lowest = lowest.min(points[*at].1);
        better
    });
    order
}

/// The point of `front` (as [`pareto_front`] gives it) that is farthest below the straight line between its
/// ends, with the first coordinate on a logarithmic scale, as it is drawn: the most for its cost. Nothing
/// where the front has fewer than three points, or none lies below that line.
pub fn knee(points: &[(f64, f64)], front: &[usize]) -> Option<usize> {
    let (first, last) = (points[*front.first()?], points[*front.last()?]);
    let scale = |x: f64| x.max(f64::MIN_POSITIVE).ln();
    let (width, height) = (scale(last.0) - scale(first.0), first.1 - last.1);
    let below = |at: usize| {
        let (x, y) = points[at];
        1.0 - (scale(x) - scale(first.0)) / width - (y - last.1) / height
    };
    let inner = front.get(1..front.len() - 1)?.iter().copied();
    let below_the_line = inner.map(|at| (at, below(at))).filter(|(_, depth)| *depth > 1e-9);
    below_the_line.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_is_what_nothing_beats() {
        let points =
            [(16.0, 3.0), (8.0, 4.0), (16.0, 2.0), (64.0, 2.0), (32.0, f64::NAN), (64.0, 1.0)];
        assert_eq!(pareto_front(&points), [1, 2, 5]);
        assert_eq!(pareto_front(&[(1.0, 1.0), (1.0, 1.0)]), [0], "of equal points the first");
        assert!(pareto_front(&[]).is_empty());
    }

    #[test]
    fn the_knee_is_farthest_from_the_line_between_the_ends() {
        let points = [(8.0, 4.0), (16.0, 2.2), (32.0, 2.1), (64.0, 2.0)];
        let best = pareto_front(&points);
        assert_eq!(knee(&points, &best), Some(1));
        assert_eq!(knee(&points, &best[..2]), None, "two points have no knee");
        assert_eq!(knee(&points, &[]), None);
        let bulging = [(8.0, 4.0), (16.0, 3.9), (64.0, 2.0)];
        assert_eq!(knee(&bulging, &pareto_front(&bulging)), None);
    }
}
