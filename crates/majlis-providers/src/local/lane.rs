//! The one thread on which everything of candle runs.
//!
//! candle 0.11.1 splits its kernels over a process-wide pool of as many spinning threads as there
//! are cores, and only environment variables change that. On a machine that does other work the
//! threads wait for each other at every one of some two hundred barriers per token (measured: 0.4
//! tokens/s in place of 15). Kernels called *on* a thread of that pool run undivided on it, so the
//! lane is a rayon pool whose only thread is a thread of candle's pool: neither candle's own
//! division of work nor rayon's (inside matrix products) leaves it, and the global rayon pool is
//! never started.

use std::sync::{Condvar, Mutex, OnceLock, PoisonError};

use candle_core::utils::barrier_pool;
use rayon::{ThreadBuilder, ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// There is one lane, because there is one pool of candle in a process.
static LANE: OnceLock<Option<ThreadPool>> = OnceLock::new();

/// The lane's thread could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the thread of the embedded model")]
pub(crate) struct LaneError;

/// Puts a job on the lane, after those that are there already. A job that panics ends alone: what
/// it owns is dropped.
pub(crate) fn spawn(job: impl FnOnce() + Send + 'static) -> Result<(), LaneError> {
    let lane = LANE
        .get_or_init(|| build().ok())
        .as_ref()
        .ok_or(LaneError)?;
    lane.spawn(job);
    Ok(())
}

/// Runs a job on the lane and waits for it. Not for the threads of an asynchronous runtime.
pub(crate) fn run<T: Send>(job: impl FnOnce() -> T + Send) -> Result<T, LaneError> {
    let lane = LANE
        .get_or_init(|| build().ok())
        .as_ref()
        .ok_or(LaneError)?;
    Ok(lane.install(job))
}

fn build() -> Result<ThreadPool, ThreadPoolBuildError> {
    ThreadPoolBuilder::new()
        .num_threads(1)
        .panic_handler(|_| tracing::error!("a job of the embedded model panicked"))
        .spawn_handler(|thread| {
            std::thread::Builder::new()
                .name("majlis-local".to_owned())
                .spawn(move || lend_candle_thread(thread))
                .map(drop)
        })
        .build()
}

/// Runs the lane's thread on the first worker of candle's pool. This thread waits, without
/// spinning, until the lane ends. Where candle has no workers (one core), this thread is the lane.
fn lend_candle_thread(thread: ThreadBuilder) {
    let pool = barrier_pool();
    let own_index = pool.n_workers();
    let thread = Mutex::new(Some(thread));
    let ended = (Mutex::new(false), Condvar::new());
    pool.execute(|index| {
        if index == 0 {
            let taken = thread.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(thread) = taken {
                thread.run();
            }
            *ended.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
            ended.1.notify_all();
        } else if index == own_index {
            let guard = ended.0.lock().unwrap_or_else(PoisonError::into_inner);
            drop(ended.1.wait_while(guard, |ended| !*ended));
        }
    });
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    #[test]
    fn candle_and_rayon_stay_on_one_thread() {
        let (threads, product) = super::run(|| {
            let square = Tensor::ones((512, 512), candle_core::DType::F32, &Device::Cpu).unwrap();
            let product = square.matmul(&square).unwrap().sum_all().unwrap();
            (
                rayon::current_num_threads(),
                product.to_scalar::<f32>().unwrap(),
            )
        })
        .unwrap();
        assert_eq!(threads, 1);
        assert!((product - 512.0_f32.powi(3)).abs() < 1.0, "{product}");
        let untouched = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build_global();
        assert!(untouched.is_ok(), "the global rayon pool had been started");
    }

    #[test]
    fn a_panic_ends_its_job_alone() {
        let (sender, receiver) = std::sync::mpsc::channel::<u8>();
        super::spawn(move || {
            let _sender = sender;
            panic!("meant");
        })
        .unwrap();
        assert!(receiver.recv().is_err());
        assert_eq!(super::run(|| 7).unwrap(), 7);
    }
}
