//! A tiny model file for tests: two layers of weights that say nothing, a real vocabulary form.

use std::io::Cursor;

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};

const WIDTH: usize = 64;
const HIDDEN: usize = 96;
const LAYERS: usize = 2;

/// The characters of GPT-2's byte table, by byte.
fn byte_characters() -> Vec<String> {
    let mut next = 0x100;
    (0..=u8::MAX)
        .map(|byte| {
            let code = match byte {
                b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => u32::from(byte),
                _ => {
                    next += 1;
                    next - 1
                }
            };
            char::from_u32(code).unwrap().to_string()
        })
        .collect()
}

/// Numbers that look random and are the same every time.
fn weights(seed: u32, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from(u8::try_from(state >> 24).unwrap()) / 256.0 - 0.5
        })
        .collect()
}

fn quantised(seed: u32, rows: usize, columns: usize) -> QTensor {
    let tensor =
        Tensor::from_vec(weights(seed, rows * columns), (rows, columns), &Device::Cpu).unwrap();
    QTensor::quantize(&tensor, GgmlDType::Q4_1).unwrap()
}

fn ones(length: usize) -> QTensor {
    let tensor = Tensor::ones(length, candle_core::DType::F32, &Device::Cpu).unwrap();
    QTensor::quantize(&tensor, GgmlDType::F32).unwrap()
}

/// A whole GGUF file in `Q4_1`.
pub(super) fn gguf() -> Vec<u8> {
    let specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
    let mut vocabulary: Vec<String> = specials.iter().map(|&token| token.to_owned()).collect();
    vocabulary.extend(byte_characters());
    vocabulary.push("us".to_owned());
    let kinds = vocabulary
        .iter()
        .enumerate()
        .map(|(id, _)| Value::I32(if id < 3 { 3 } else { 1 }));
    let u32_value = |number: usize| Value::U32(u32::try_from(number).unwrap());
    let metadata = [
        ("general.architecture", Value::String("llama".to_owned())),
        ("llama.block_count", u32_value(LAYERS)),
        ("llama.context_length", Value::U32(256)),
        ("llama.embedding_length", u32_value(WIDTH)),
        ("llama.attention.head_count", Value::U32(2)),
        ("llama.attention.head_count_kv", Value::U32(1)),
        ("llama.attention.layer_norm_rms_epsilon", Value::F32(1e-5)),
        ("llama.rope.dimension_count", u32_value(WIDTH / 2)),
        ("tokenizer.ggml.model", Value::String("gpt2".to_owned())),
        ("tokenizer.ggml.pre", Value::String("smollm".to_owned())),
        (
            "tokenizer.ggml.merges",
            Value::Array(vec![Value::String("u s".to_owned())]),
        ),
        ("tokenizer.ggml.token_type", Value::Array(kinds.collect())),
        (
            "tokenizer.ggml.tokens",
            Value::Array(vocabulary.iter().cloned().map(Value::String).collect()),
        ),
    ];
    let mut tensors = vec![
        (
            "token_embd.weight".to_owned(),
            quantised(1, vocabulary.len(), WIDTH),
        ),
        ("output_norm.weight".to_owned(), ones(WIDTH)),
    ];
    for layer in 0..LAYERS {
        let shapes = [
            ("attn_q", WIDTH, WIDTH),
            ("attn_k", WIDTH / 2, WIDTH),
            ("attn_v", WIDTH / 2, WIDTH),
            ("attn_output", WIDTH, WIDTH),
            ("ffn_gate", HIDDEN, WIDTH),
            ("ffn_up", HIDDEN, WIDTH),
            ("ffn_down", WIDTH, HIDDEN),
        ];
        for (index, (name, rows, columns)) in shapes.into_iter().enumerate() {
            let seed = u32::try_from(layer * shapes.len() + index + 2).unwrap();
            tensors.push((
                format!("blk.{layer}.{name}.weight"),
                quantised(seed, rows, columns),
            ));
        }
        for name in ["attn_norm", "ffn_norm"] {
            tensors.push((format!("blk.{layer}.{name}.weight"), ones(WIDTH)));
        }
    }
    let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(key, value)| (*key, value)).collect();
    let tensors: Vec<(&str, &QTensor)> = tensors
        .iter()
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    let mut file = Cursor::new(Vec::new());
    gguf_file::write(&mut file, &metadata, &tensors).unwrap();
    file.into_inner()
}
