//! Measuring is work for a processor: it runs on one bounded pool, never on tokio's workers.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::AppError;

/// A bounded pool for synchronous work.
#[derive(Clone)]
pub(crate) struct CpuPool {
    permits: Arc<Semaphore>,
}

impl CpuPool {
    /// A pool of at most `threads` at a time.
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(threads.max(1))),
        }
    }

    /// Runs `work` when a place is free. A panic in it becomes an error.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|closed| AppError::internal(what, closed))?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(|panicked| AppError::internal(what, panicked))
    }
}

#[cfg(test)]
mod tests {
    use super::CpuPool;

    #[tokio::test]
    async fn a_panic_is_an_error_and_gives_its_place_back() {
        let pool = CpuPool::new(1);
        assert!(
            pool.run("measuring", || panic!("on purpose"))
                .await
                .is_err()
        );
        assert_eq!(pool.run("measuring", || 7).await.ok(), Some(7));
    }
}
