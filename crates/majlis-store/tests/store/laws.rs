//! Whatever happens in whatever order, the store holds what a simple model of it holds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use majlis_llm::PicoUsd;
use majlis_store::*;
use proptest::prelude::*;

use crate::support::*;

/// Something that happens; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Happening {
    Create,
    Append(usize, String),
    Begin(usize),
    Flush(usize, String),
    Settle(usize, String, Option<u32>),
    Delete(usize),
    Crash,
}

fn happening() -> impl Strategy<Value = Happening> {
    let words = "[a-z مرحبا😀'%\"]{0,12}";
    prop_oneof![
        2 => Just(Happening::Create),
        3 => (any::<usize>(), words).prop_map(|(at, text)| Happening::Append(at, text)),
        4 => any::<usize>().prop_map(Happening::Begin),
        4 => (any::<usize>(), words).prop_map(|(at, text)| Happening::Flush(at, text)),
        4 => (any::<usize>(), words, any::<Option<u32>>())
            .prop_map(|(at, text, cost)| Happening::Settle(at, text, cost)),
        1 => any::<usize>().prop_map(Happening::Delete),
        1 => Just(Happening::Crash),
    ]
}

/// A call that is not over.
struct OpenCall {
    id: String,
    reply_id: String,
    conversation: String,
    flushed: Vec<String>,
}

type Said = (String, String, ReplyState);

/// The store and what it should hold.
struct World {
    folder: PathBuf,
    store: Store,
    processes: u32,
    made: usize,
    conversations: BTreeMap<String, Vec<Said>>,
    open_calls: Vec<OpenCall>,
    cost: CostSum,
}

impl World {
    fn new(folder: PathBuf) -> Self {
        Self {
            store: open(&folder, 0),
            folder,
            processes: 0,
            made: 0,
            conversations: BTreeMap::new(),
            open_calls: Vec::new(),
            cost: CostSum::default(),
        }
    }

    fn name(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}{:04}", self.made)
    }

    fn choose(&self, at: usize) -> Option<String> {
        let count = self.conversations.len().max(1);
        self.conversations.keys().nth(at % count).cloned()
    }

    async fn live(&mut self, happening: Happening) {
        match happening {
            Happening::Create => {
                let id = self.name("v");
                self.store
                    .create_conversation(conversation(&id, &["a/x"]))
                    .await
                    .unwrap();
                self.conversations.insert(id, Vec::new());
            }
            Happening::Append(at, text) => self.append(at, text).await,
            Happening::Begin(at) => self.begin(at).await,
            Happening::Flush(at, text) => self.flush(at, text).await,
            Happening::Settle(at, text, cost) => self.settle(at, text, cost).await,
            Happening::Delete(at) => {
                if let Some(id) = self.choose(at) {
                    self.store.delete_conversation(&id).await.unwrap();
                    self.conversations.remove(&id);
                }
            }
            Happening::Crash => self.crash().await,
        }
    }

    async fn append(&mut self, at: usize, text: String) {
        if let Some(conversation) = self.choose(at) {
            let id = self.name("m");
            let message = said(&id, &format!("{conversation}-0"), &text);
            self.store
                .append_messages(&conversation, vec![message], 1)
                .await
                .unwrap();
            let told = (id, text, ReplyState::Complete);
            self.conversations
                .get_mut(&conversation)
                .unwrap()
                .push(told);
        }
    }

    async fn begin(&mut self, at: usize) {
        if let Some(conversation) = self.choose(at) {
            let job = self.name("j");
            self.store
                .begin(turn(&job, &conversation, "a/x"))
                .await
                .unwrap();
            let said = self.conversations.get_mut(&conversation).unwrap();
            let question = "Why is the sky blue?".to_owned();
            said.push((format!("q-{job}"), question, ReplyState::Complete));
            said.push((format!("a-{job}"), String::new(), ReplyState::Streaming));
            self.open_calls.push(OpenCall {
                id: format!("c-{job}"),
                reply_id: format!("a-{job}"),
                conversation,
                flushed: Vec::new(),
            });
            self.cost.unknown += 1;
        }
    }

    async fn flush(&mut self, at: usize, text: String) {
        let count = self.open_calls.len().max(1);
        if let Some(call) = self.open_calls.get_mut(at % count) {
            let sequence = u32::try_from(call.flushed.len()).unwrap();
            self.store
                .flush_chunk(chunk(&call.id, sequence, &text, ""))
                .await
                .unwrap();
            if self.conversations.contains_key(&call.conversation) {
                call.flushed.push(text);
            }
            let (id, text) = (call.reply_id.clone(), call.flushed.concat());
            self.tell(&id, text, ReplyState::Streaming);
        }
    }

    async fn settle(&mut self, at: usize, text: String, cost: Option<u32>) {
        if self.open_calls.is_empty() {
            return;
        }
        let call = self.open_calls.remove(at % self.open_calls.len());
        let cost = cost.map(|cost| PicoUsd(i128::from(cost)));
        let settlement = Settlement {
            cost,
            ..settlement(&call.id, &text)
        };
        self.store.settle(settlement).await.unwrap();
        if let Some(cost) = cost {
            self.cost.known = self.cost.known + cost;
            self.cost.unknown -= 1;
        }
        self.tell(&call.reply_id, text, ReplyState::Complete);
    }

    async fn crash(&mut self) {
        self.processes += 1;
        // The new process is there before the old one is gone.
        let old = std::mem::replace(&mut self.store, open(&self.folder, self.processes));
        drop(old);
        let report = self.store.recover(9_000, &[]).await.unwrap();
        let unknown: usize = report.jobs.iter().map(|job| job.unknown_calls.len()).sum();
        assert_eq!(unknown, self.open_calls.len());
        for call in std::mem::take(&mut self.open_calls) {
            self.tell(
                &call.reply_id,
                call.flushed.concat(),
                ReplyState::Interrupted,
            );
        }
    }

    fn tell(&mut self, id: &str, text: String, state: ReplyState) {
        let mut all = self.conversations.values_mut().flatten();
        if let Some(said) = all.find(|said| said.0 == id) {
            (said.1, said.2) = (text, state);
        }
    }

    async fn check(&self) {
        let page = self.store.conversations(500, None).await.unwrap();
        let newest_first = self.conversations.keys().rev().cloned().collect::<Vec<_>>();
        assert_eq!(
            page.items.into_iter().map(|row| row.id).collect::<Vec<_>>(),
            newest_first
        );
        for (id, said) in &self.conversations {
            let rows = messages(&self.store, id).await;
            let read: Vec<_> = rows
                .iter()
                .map(|row| (row.id.clone(), row.text(), row.state))
                .collect();
            assert_eq!(&read, said);
        }
        assert_eq!(
            self.store.cost(CostScope::Everything).await.unwrap(),
            self.cost
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_is_counted_twice(
        happenings in prop::collection::vec(happening(), 1..40)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new(folder.path().to_owned());
            world.live(Happening::Create).await;
            for happening in happenings {
                world.live(happening).await;
            }
            world.check().await;
            world.live(Happening::Crash).await;
            world.check().await;
        });
    }
}
