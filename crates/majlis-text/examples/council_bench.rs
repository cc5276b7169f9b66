//! How many of the marked agreements, gaps and contradictions are found by words alone.

#[path = "../bench/council_bench.rs"]
#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "shared with the run that has an embedder"
)]
mod council_bench;

#[allow(clippy::print_stdout, reason = "it is what this program is for")]
fn main() -> Result<(), String> {
    let table = council_bench::table(&mut |answers| {
        majlis_text::analyse(&majlis_text::extract(answers), None)
    })?;
    print!("by words alone\n{table}");
    Ok(())
}
