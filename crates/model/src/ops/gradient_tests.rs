//! Every operation's gradient against central differences, in f64.

use candle_core::{Device, Result, Tensor, Var};

use std::sync::Arc;

use super::{Heads, attention, cross_entropy, dropout, rms_norm, split_heads, swiglu};
use crate::layout::{Inside, PassLayout, Span};

/// Numbers in (-1, 1) that depend on nothing but their place.
fn numbers(count: usize, salt: usize) -> Vec<f64> {
    (0..count).map(|i| (((i * 7919 + salt * 104_729) % 1000) as f64 / 500.0) - 1.0).collect()
}

fn tensor(shape: &[usize], salt: usize) -> Tensor {
    let count = shape.iter().product();
    Tensor::from_vec(numbers(count, salt), shape, &Device::Cpu).unwrap()
}

/// A weighted sum of what `operation` makes of `inputs`.
fn loss(inputs: &[Tensor], operation: &dyn Fn(&[Tensor]) -> Result<Tensor>) -> Tensor {
    let out = operation(inputs).unwrap();
    let weights = tensor(out.dims(), 99);
    (out * weights).unwrap().sum_all().unwrap()
}

fn check(shapes: &[&[usize]], operation: &dyn Fn(&[Tensor]) -> Result<Tensor>) {
    const STEP: f64 = 1e-5;
    let inputs: Vec<Tensor> = shapes.iter().enumerate().map(|(i, s)| tensor(s, i)).collect();
    let variables: Vec<Var> = inputs.iter().map(|x| Var::from_tensor(x).unwrap()).collect();
    let tracked: Vec<Tensor> = variables.iter().map(|v| v.as_tensor().clone()).collect();
    let gradients = loss(&tracked, operation).backward().unwrap();
    for (which, variable) in variables.iter().enumerate() {
        let gradient = gradients.get(variable).unwrap().flatten_all().unwrap();
        let gradient: Vec<f64> = gradient.to_vec1().unwrap();
        for (index, analytic) in gradient.into_iter().enumerate() {
            let at = |shift: f64| {
                let mut inputs = inputs.clone();
                let mut values: Vec<f64> = inputs[which].flatten_all().unwrap().to_vec1().unwrap();
                values[index] += shift;
                let shape = inputs[which].shape().clone();
                inputs[which] = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
                loss(&inputs, operation).to_scalar::<f64>().unwrap()
            };
            let numeric = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            let error = (numeric - analytic).abs() / (1.0 + numeric.abs());
            assert!(error < 1e-7, "input {which}, number {index}: {analytic}, not {numeric}");
        }
    }
}

#[test]
fn gradient_of_the_norm() {
    check(&[&[3, 2, 18], &[18]], &|x| rms_norm(&x[0], &x[1], 1e-6));
}

#[test]
fn gradient_of_swiglu() {
    check(&[&[2, 3, 34]], &|x| swiglu(&x[0]));
}

/// A clean text of 5, two blocks and a draft behind it, then another text with a block.
fn training_layout() -> PassLayout {
    let span = |rows, context, inside| Span::new(rows, context, inside);
    PassLayout {
        positions: vec![0, 1, 2, 3, 4, 1, 2, 3, 0, 1, 4, 5, 0, 1, 0, 1],
        spans: vec![
            span(0..5, 0..0, Inside::Causal),
            span(5..8, 0..1, Inside::Bidirectional),
            span(8..10, 0..0, Inside::Bidirectional),
            span(10..12, 0..4, Inside::Bidirectional),
            span(12..14, 12..12, Inside::Causal),
            span(14..16, 12..13, Inside::Bidirectional),
        ],
        cached: 0,
    }
}

#[test]
fn gradient_of_attention() {
    let layouts = [
        PassLayout::bidirectional(5),
        PassLayout::causal(0, 5),
        PassLayout::finished(0, 2, 5),
        PassLayout::finished(0, 2, 5).with_shadow(1, 2, 2),
        PassLayout::causal(0, 37),
        training_layout(),
    ];
    for layout in layouts {
        let rows = layout.rows();
        let layout = Arc::new(layout);
        // Four query heads that share two pairs of key and value heads; two canvases.
        check(&[&[8, 2, rows, 3]], &|x| attention(&x[0], 4, &layout, 0.7));
    }
}

#[test]
fn gradient_of_dropout() {
    check(&[&[7, 30]], &|x| dropout(&x[0], 0.3, 5));
}

#[test]
fn gradient_of_the_heads() {
    let angles = tensor(&[3, 2], 5);
    let heads = |eps| Heads {
        queries: 2,
        keys: 1,
        width: 4,
        eps,
        cos: angles.cos().unwrap(),
        sin: angles.sin().unwrap(),
    };
    for eps in [Some(1e-6), None] {
        check(&[&[2, 3, 16], &[4], &[4]], &|x| split_heads(&x[0], &x[1], &x[2], heads(eps)));
    }
}

#[test]
fn gradient_of_the_cross_entropy() {
    check(&[&[4, 21]], &|x| cross_entropy(&x[0], vec![0, 20, 7, 7]));
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let x = tensor(&[2, 5], 0);
    assert!(rms_norm(&x, &tensor(&[4], 1), 1e-6).is_err());
    assert!(swiglu(&x).is_err());
    let heads = tensor(&[3, 1, 6, 4], 0);
    for layout in [PassLayout::causal(0, 5), PassLayout::causal(1, 6)] {
        assert!(attention(&heads, 1, &Arc::new(layout), 1.0).is_err());
    }
    let mut gap = PassLayout::causal(0, 6);
    gap.spans[0].rows = 0..5;
    assert!(attention(&heads, 1, &Arc::new(gap), 1.0).is_err());
    assert!(cross_entropy(&x, vec![0]).is_err() && cross_entropy(&x, vec![0, 5]).is_err());
}
