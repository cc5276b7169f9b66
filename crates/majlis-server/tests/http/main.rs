//! The server over real sockets.

mod api;
mod client;
mod guard;
mod live;
