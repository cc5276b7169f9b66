//! Bringing a GGUF file into the quantisation for which candle has fast kernels.

use std::io::{Read, Seek, Write};

use candle_core::quantized::gguf_file::{self, Content, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Result};

/// `general.file_type` of a file that is mostly `Q8_0` (ggml's `LLAMA_FTYPE_MOSTLY_Q8_0`,
/// 2026-11-22).
const FILE_TYPE_Q8_0: u32 = 7;

/// Writes `source` again with every quantised tensor as `Q8_0`. `Q4_1` has no SIMD kernel in
/// candle 0.11; `Q8_0` has. What is not quantised, or has rows that are no multiple of the block,
/// stays as it is.
pub(super) fn to_q8_0<R, W>(source: &mut R, target: &mut W) -> Result<()>
where
    R: Read + Seek,
    W: Write + Seek,
{
    let mut content = Content::read(source)?;
    let mut names: Vec<&String> = content.tensor_infos.keys().collect();
    names.sort_unstable();
    let tensors = names
        .into_iter()
        .map(|name| {
            Ok((
                name.as_str(),
                requantised(content.tensor(source, name, &Device::Cpu)?)?,
            ))
        })
        .collect::<Result<Vec<_>>>()?;
    content
        .metadata
        .insert("general.file_type".to_owned(), Value::U32(FILE_TYPE_Q8_0));
    let mut metadata: Vec<(&str, &Value)> = content
        .metadata
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    metadata.sort_unstable_by_key(|(key, _)| *key);
    let tensors: Vec<(&str, &QTensor)> = tensors
        .iter()
        .map(|(name, tensor)| (*name, tensor))
        .collect();
    gguf_file::write(target, &metadata, &tensors)
}

fn requantised(tensor: QTensor) -> Result<QTensor> {
    let stays = matches!(
        tensor.dtype(),
        GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16 | GgmlDType::Q8_0
    );
    let row = tensor.shape().dims().last().copied().unwrap_or(0);
    if stays || !row.is_multiple_of(GgmlDType::Q8_0.block_size()) {
        return Ok(tensor);
    }
    QTensor::quantize(&tensor.dequantize(&Device::Cpu)?, GgmlDType::Q8_0)
}
