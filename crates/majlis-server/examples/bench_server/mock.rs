//! A provider that answers at once.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Outcome;

/// One piece of text, the end, the count.
const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
    data: {\"id\":\"x\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Because.\"},\"finish_reason\":null}]}\n\n\
    data: {\"id\":\"x\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
    data: {\"id\":\"x\",\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1,\"total_tokens\":6}}\n\n\
    data: [DONE]\n\n";

/// The same for who does not want a stream.
const WHOLE_BODY: &str = "{\"id\":\"x\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Because.\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1,\"total_tokens\":6}}";
/// Fifty pieces a second for ten seconds, as a fast model writes.
const STEADY_PIECES: usize = 500;
const STEADY_PAUSE: Duration = Duration::from_millis(20);
const STEADY_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
const STEADY_PIECE: &str = "data: {\"id\":\"x\",\"model\":\"steady\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"},\"finish_reason\":null}]}\n\n";
const STEADY_END: &str = "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// Serves until its process is ended; says where first.
pub(crate) async fn serve() -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(answer(stream));
    }
}

async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = Vec::with_capacity(2 << 10);
    // Requests of this measurement are small and end with their object.
    while !request.ends_with(b"}") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    if contains(&request, b"\"steady\"") {
        return steady(stream).await;
    }
    let is_streamed =
        contains(&request, b"\"stream\":true") || contains(&request, b"\"stream\": true");
    let answer = if is_streamed {
        ANSWER.to_owned()
    } else {
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{WHOLE_BODY}",
            WHOLE_BODY.len()
        )
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

async fn steady(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(STEADY_HEAD.as_bytes()).await?;
    let mut clock = tokio::time::interval(STEADY_PAUSE);
    for _ in 0..STEADY_PIECES {
        clock.tick().await;
        stream.write_all(STEADY_PIECE.as_bytes()).await?;
    }
    stream.write_all(STEADY_END.as_bytes()).await?;
    stream.shutdown().await
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}
