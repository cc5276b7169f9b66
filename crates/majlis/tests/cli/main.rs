//! The program as people run it: real arguments, real files, real connections on this machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test says what went wrong by ending

mod analyse;
mod ask;
mod audit;
mod backup;
mod bad_input;
mod chat;
mod costs;
mod council;
mod door;
mod home;
mod keys;
mod mcp;
mod overview;
mod port;
mod search;
mod serve;
mod upstream;
