//! From one product to the heads of attention: cut, QK-norm and rotary turn in one walk.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, WithDType};

use super::real::{Real, for_rows, vectorised};
use super::rms_norm::{inverse_rms, row_gradient};
use super::{for_dtype, slice, with, with2, with3};

/// How the columns of the Q, K, V product are cut into heads.
#[derive(Clone, Debug)]
pub struct Heads {
    /// Query heads.
    pub queries: usize,
    /// Key heads, and as many value heads.
    pub keys: usize,
    /// Width of one head; even.
    pub width: usize,
    /// Epsilon of the norms; `None` where queries and keys are turned as they are.
    pub eps: Option<f64>,
    /// (T, E/2): cosines of the rotary angles (arXiv 2104.09864).
    pub cos: Tensor,
    /// (T, E/2): sines of the rotary angles.
    pub sin: Tensor,
}

/// Heads (H + 2G, B, T, E) of `qkv` (B, T, (H + 2G) * E): the H queries, the G keys, the G values.
///
/// Queries and keys are normed with `query_norm` and `key_norm` (E), which go unused where there is no
/// epsilon, and turned to their position, half-split: the first half of a head turns with the second.
///
/// # Errors
/// When the shapes do not fit each other.
pub fn split_heads(
    qkv: &Tensor,
    query_norm: &Tensor,
    key_norm: &Tensor,
    heads: Heads,
) -> Result<Tensor> {
    let (_, length, columns) = qkv.dims3()?;
    let table = (length, heads.width / 2);
    if columns != heads.count() * heads.width
        || query_norm.dims1()? != heads.width
        || key_norm.dims1()? != heads.width
        || heads.cos.dims2()? != table
        || heads.sin.dims2()? != table
    {
        candle_core::bail!("{:?} cannot be cut into heads of {}", qkv.dims(), heads.width);
    }
    let heads = Heads {
        cos: heads.cos.to_dtype(qkv.dtype())?.contiguous()?,
        sin: heads.sin.to_dtype(qkv.dtype())?.contiguous()?,
        ..heads
    };
    qkv.contiguous()?.apply_op3(&query_norm.contiguous()?, &key_norm.contiguous()?, heads)
}

/// What the rows of a head go through.
pub struct Turn<'a, T> {
    /// Of the norm (E).
    pub weight: &'a [T],
    /// (T, E/2)
    pub cos: &'a [T],
    /// (T, E/2)
    pub sin: &'a [T],
    /// Nothing where they are turned as they are.
    pub eps: Option<f64>,
}

impl Turn<'_, f32> {
    /// Rows (T, E) of one head, normed and turned, into `out`.
    pub fn rows(&self, x: &[f32], width: usize, out: &mut [f32]) {
        vectorised(
            pulp::Arch::new(),
            #[inline(always)]
            || {
                let rows = x.chunks_exact(width).zip(out.chunks_exact_mut(width));
                for (position, (x, out)) in rows.enumerate() {
                    self.forward(x, position, out);
                }
            },
        );
    }
}

impl<T: Real> Turn<'_, T> {
    #[inline(always)]
    fn forward(&self, x: &[T], position: usize, out: &mut [T]) {
        let half = x.len() / 2;
        let (cos, sin) =
            (&self.cos[position * half..][..half], &self.sin[position * half..][..half]);
        let (first, second) = x.split_at(half);
        let (out_first, out_second) = out.split_at_mut(half);
        let Some(eps) = self.eps else {
            for i in 0..half {
                out_first[i] = first[i] * cos[i] - second[i] * sin[i];
                out_second[i] = first[i] * sin[i] + second[i] * cos[i];
            }
            return;
        };
        let inverse = inverse_rms(x, eps);
        let (first_weight, second_weight) = self.weight.split_at(half);
        for i in 0..half {
            let a = first[i] * inverse * first_weight[i];
            let b = second[i] * inverse * second_weight[i];
            out_first[i] = a * cos[i] - b * sin[i];
            out_second[i] = a * sin[i] + b * cos[i];
        }
    }

    /// Turns `grad` back in `turned`, then takes it through the norm.
    #[inline(always)]
    fn backward(
        &self,
        x: &[T],
        position: usize,
        grad: &[T],
        turned: &mut [T],
        dx: &mut [T],
        dweight: &mut [T],
    ) {
        let half = x.len() / 2;
        let (cos, sin) =
            (&self.cos[position * half..][..half], &self.sin[position * half..][..half]);
        let (first, second) = grad.split_at(half);
        let (turned_first, turned_second) = turned.split_at_mut(half);
        for i in 0..half {
            turned_first[i] = first[i] * cos[i] + second[i] * sin[i];
            turned_second[i] = second[i] * cos[i] - first[i] * sin[i];
        }
        match self.eps {
            Some(eps) => row_gradient(x, self.weight, turned, eps, dx, dweight),
            None => dx.copy_from_slice(turned),
        }
    }
}

impl Heads {
    /// Heads of all three kinds.
    fn count(&self) -> usize {
        self.queries + 2 * self.keys
    }

    /// Runs `work` with the norm and tables of queries and those of keys.
    fn turns<T: Real, R>(
        &self,
        query_norm: &[T],
        key_norm: &[T],
        work: impl FnOnce(&Turn<'_, T>, &Turn<'_, T>) -> R,
    ) -> Result<R> {
        with2(&self.cos, &self.sin, |cos, sin| {
            let turn = |weight| Turn { weight, cos, sin, eps: self.eps };
            Ok(work(&turn(query_norm), &turn(key_norm)))
        })
    }

    /// What turns the `head`-th head; nothing for values.
    fn pick<'a, T>(&self, head: usize, query: &'a T, key: &'a T) -> Option<&'a T> {
        if head < self.queries {
            Some(query)
        } else if head < self.queries + self.keys {
            Some(key)
        } else {
            None
        }
    }

    fn forward<T: Real>(
        &self,
        qkv: &[T],
        (batch, length): (usize, usize),
        query: &Turn<'_, T>,
        key: &Turn<'_, T>,
    ) -> Vec<T> {
        let (width, columns) = (self.width, self.width * self.count());
        let mut out = vec![T::zero(); qkv.len()];
        for_rows(
            &mut out,
            length * width,
            #[inline(always)]
            |first, planes| {
                for (plane, out) in planes.chunks_exact_mut(length * width).enumerate() {
                    let (head, row) = ((first + plane) / batch, (first + plane) % batch);
                    let turn = self.pick(head, query, key);
                    for (position, out) in out.chunks_exact_mut(width).enumerate() {
                        let x = &qkv[(row * length + position) * columns + head * width..][..width];
                        match turn {
                            Some(turn) => turn.forward(x, position, out),
                            None => out.copy_from_slice(x),
                        }
                    }
                }
            },
        );
        out
    }

    /// Gradients of `qkv`, the query norm and the key norm.
    fn backward<T: Real>(
        &self,
        qkv: &[T],
        (batch, length): (usize, usize),
        query: &Turn<'_, T>,
        key: &Turn<'_, T>,
        grad: &[T],
    ) -> [Vec<T>; 3] {
        let (width, columns) = (self.width, self.width * self.count());
        let mut out = vec![T::zero(); qkv.len()];
        let mut turned = vec![T::zero(); width];
        let mut norms = [vec![T::zero(); width], vec![T::zero(); width]];
        vectorised(
            pulp::Arch::new(),
            #[inline(always)]
            || {
                for (plane, grad) in grad.chunks_exact(length * width).enumerate() {
                    let (head, row) = (plane / batch, plane % batch);
                    let turn = self.pick(head, query, key);
                    let dweight = &mut norms[usize::from(head >= self.queries)];
                    for (position, grad) in grad.chunks_exact(width).enumerate() {
                        let at = (row * length + position) * columns + head * width;
                        let (x, dx) = (&qkv[at..][..width], &mut out[at..][..width]);
                        match turn {
                            Some(turn) => {
                                turn.backward(x, position, grad, &mut turned, dx, dweight)
                            }
                            None => dx.copy_from_slice(grad),
                        }
                    }
                }
            },
        );
        let [query_norm, key_norm] = norms;
        [out, query_norm, key_norm]
    }
}

impl CustomOp3 for Heads {
    fn name(&self) -> &'static str {
        "split-heads"
    }

    fn cpu_fwd(
        &self,
        qkv: &CpuStorage,
        layout: &Layout,
        query_norm: &CpuStorage,
        query_layout: &Layout,
        key_norm: &CpuStorage,
        key_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, length, _) = layout.shape().dims3()?;
        let storage = for_dtype!(qkv.dtype(), T => {
            let qkv = slice::<T>(qkv, layout)?;
            let (query_norm, key_norm) =
                (slice(query_norm, query_layout)?, slice(key_norm, key_layout)?);
            let out = self.turns(query_norm, key_norm, |query, key| {
                self.forward(qkv, (batch, length), query, key)
            })?;
            Ok(T::to_cpu_storage_owned(out))
        })?;
        Ok((storage, (self.count(), batch, length, self.width).into()))
    }

    fn bwd(
        &self,
        qkv: &Tensor,
        query_norm: &Tensor,
        key_norm: &Tensor,
        _res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (batch, length, _) = qkv.dims3()?;
        for_dtype!(qkv.dtype(), T => {
            let [dqkv, dquery, dkey] =
                with3::<T, _>(qkv, query_norm, key_norm, |qkv, query_norm, key_norm| {
                    with(grad, |grad| {
                        self.turns(query_norm, key_norm, |query, key| {
                            self.backward(qkv, (batch, length), query, key, grad)
                        })
                    })
                })?;
            let device = qkv.device();
            Ok((
                Some(Tensor::from_vec(dqkv, qkv.shape(), device)?),
                Some(Tensor::from_vec(dquery, query_norm.shape(), device)?),
                Some(Tensor::from_vec(dkey, key_norm.shape(), device)?),
            ))
        })
    }
}
