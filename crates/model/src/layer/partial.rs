//! A layer that computes some positions, and takes what it made of the others from earlier passes: see
//! [`FeatureRefresh`].

use candle_core::{DType, Tensor};

use super::Layer;
use crate::features::{FeatureRefresh, Likeness, most_turned};
use crate::layout::PassLayout;
use crate::ops::{Heads, cached_attention, split_heads};
use remask_base::Result;

/// What a layer made of every position.
pub(crate) struct LayerFeatures {
    /// (G, 1, T, E), as `values`.
    keys: Tensor,
    values: Tensor,
    /// (1, T, D), what attention and feed-forward add to the residual stream.
    attended: Tensor,
    mixed: Tensor,
}

/// What all layers of such a pass have in common, and the place of one among them.
pub(crate) struct PartialPass<'a> {
    /// (T, E/2), as `sin`.
    pub cos: &'a Tensor,
    pub sin: &'a Tensor,
    pub refresh: FeatureRefresh,
    pub place: usize,
}

impl Layer {
    /// The residual stream `x` (1, T, D) behind the layer, and the positions that were computed. Without `features`
    /// everything is; they are of this pass then.
    pub(crate) fn update(
        &self,
        x: &Tensor,
        pass: &PartialPass<'_>,
        features: &mut Option<LayerFeatures>,
    ) -> Result<(Tensor, Vec<usize>)> {
        let length = x.dim(1)?;
        let kept = features.take();
        let refresh = match kept {
            Some(_) => pass.refresh,
            None => FeatureRefresh::everything(pass.refresh.prompt),
        };
        let normed = self.attention_norm.forward(x)?;
        let mut rows = refresh.always(pass.place, length);
        let looked = refresh.looked_through(pass.place, length);
        let mut fresh_values = None;
        if let (Some(positions), Some(kept)) = (looked, &kept) {
            let values = self.values(&normed.narrow(1, positions.start, positions.len())?)?;
            let old = kept.values.narrow(2, positions.start, positions.len())?;
            rows.extend(most_turned(positions.start, &likenesses(&values, &old)?, refresh.share));
            fresh_values = Some((positions.collect::<Vec<_>>(), values));
        }
        let picked =
            Tensor::new(rows.iter().map(|row| *row as u32).collect::<Vec<_>>(), x.device())?;
        let some = |x: &Tensor| x.index_select(&picked, 1);
        let [queries, keys, values] = match rows.as_slice() {
            [] => [None, None, None],
            _ => self.heads_of(&some(&normed)?, pass, &picked)?.map(Some),
        };
        let old = |feature: fn(&LayerFeatures) -> &Tensor| kept.as_ref().map(feature);
        let keys = merged(old(|kept| &kept.keys), &rows, keys, 2)?;
        let mut values = merged(old(|kept| &kept.values), &rows, values, 2)?;
        if let Some((positions, fresh)) = fresh_values {
            values = merged(Some(&values), &positions, Some(fresh), 2)?;
        }
        // Rows that see every key: where their own stand does not matter to them.
        let layout = PassLayout::finished(length - rows.len(), 0, rows.len()).into();
        let scale = 1.0 / (self.head_dim as f64).sqrt();
        let attend = |queries: Tensor| {
            self.output.forward(&cached_attention(&queries, &keys, &values, &layout, scale)?)
        };
        let attended = queries.map(attend).transpose()?;
        let attended = merged(old(|kept| &kept.attended), &rows, attended, 1)?;
        let x = (x + &attended)?;
        let mixed = match rows.as_slice() {
            [] => None,
            _ => Some(self.mlp.forward(&self.mlp_norm.forward(&some(&x)?)?)?),
        };
        let mixed = merged(old(|kept| &kept.mixed), &rows, mixed, 1)?;
        let x = (x + &mixed)?;
        *features = Some(LayerFeatures { keys, values, attended, mixed });
        Ok((x, rows))
    }

    /// Queries (H, 1, R, E), keys and values (G, 1, R, E) of normed rows (1, R, D) that stand at `positions` (R).
    fn heads_of(
        &self,
        normed: &Tensor,
        pass: &PartialPass<'_>,
        positions: &Tensor,
    ) -> Result<[Tensor; 3]> {
        let cut = Heads {
            queries: self.heads,
            keys: self.kv_heads,
            width: self.head_dim,
            eps: self.qk_norm_eps,
            cos: pass.cos.index_select(positions, 0)?,
            sin: pass.sin.index_select(positions, 0)?,
        };
        let qkv = self.qkv.forward(normed)?;
        let heads = split_heads(&qkv, &self.query_norm, &self.key_norm, cut)?;
        Ok([
            heads.narrow(0, 0, self.heads)?,
            heads.narrow(0, self.heads, self.kv_heads)?,
            heads.narrow(0, self.heads + self.kv_heads, self.kv_heads)?,
        ])
    }

    /// Values (G, 1, R, E) of normed rows (1, R, D).
    fn values(&self, normed: &Tensor) -> Result<Tensor> {
        let (_, rows, _) = normed.dims3()?;
        let width = self.kv_heads * self.head_dim;
        let values = self.qkv.forward_last(normed, width)?;
        let values = values.reshape((1, rows, self.kv_heads, self.head_dim))?;
        Ok(values.permute((2, 0, 1, 3))?.contiguous()?)
    }
}

/// How alike the rows of both (G, 1, R, E) are, all groups together.
fn likenesses(new: &Tensor, kept: &Tensor) -> Result<Vec<Likeness>> {
    let (groups, _, rows, width) = new.dims4()?;
    let numbers = |tensor: &Tensor| tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>();
    let (new, kept) = (numbers(new)?, numbers(kept)?);
    let mut all = vec![Likeness::default(); rows];
    for group in 0..groups {
        for (row, likeness) in all.iter_mut().enumerate() {
            let at = (group * rows + row) * width..(group * rows + row + 1) * width;
            likeness.add(&new[at.clone()], &kept[at]);
        }
    }
    Ok(all)
}

/// `kept`, in the place of whose `rows` of dimension `dim` those of `fresh` stand; `fresh` where nothing was kept.
fn merged(
    kept: Option<&Tensor>,
    rows: &[usize],
    fresh: Option<Tensor>,
    dim: usize,
) -> Result<Tensor> {
    match (kept, fresh) {
        (None, Some(fresh)) => Ok(fresh.contiguous()?),
        (Some(kept), None) => Ok(kept.clone()),
        (Some(kept), Some(fresh)) => {
            let length = kept.dim(dim)?;
            let mut from: Vec<u32> = (0..length as u32).collect();
            for (place, row) in rows.iter().enumerate() {
                from[*row] = (length + place) as u32;
            }
            let from = Tensor::new(from, kept.device())?;
            Ok(Tensor::cat(&[kept, &fresh], dim)?.index_select(&from, dim)?)
        }
        (None, None) => Err(remask_base::Error::Internal("a layer without features".into())),
    }
}
