//! Every operation's gradient against central differences, in f64.

use candle_core::{Device, Result, Tensor, Var};

use super::{Heads, attention_softmax, cross_entropy, rms_norm, split_heads, swiglu};
use crate::model::Attention;

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

#[test]
fn gradient_of_the_softmax() {
    let shadow = Attention::Shadow { start: 1, count: 2 };
    check(&[&[2, 5, 5]], &|x| attention_softmax(&x[0], 0.7, shadow));
    for attention in [Attention::Bidirectional, Attention::Causal] {
        check(&[&[2, 5, 5]], &|x| attention_softmax(&x[0], 0.7, attention));
        check(&[&[2, 3, 5]], &|x| attention_softmax(&x[0], 1.3, attention));
    }
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
    assert!(attention_softmax(&tensor(&[6, 5], 0), 1.0, Attention::Causal).is_err());
    assert!(cross_entropy(&x, vec![0]).is_err() && cross_entropy(&x, vec![0, 5]).is_err());
}
