//! Templates and drafts: what a person keeps for later.

use majlis_store::*;

use crate::support::*;

fn template(id: &str) -> NewTemplate {
    NewTemplate {
        id: id.to_owned(),
        name: format!("name of {id}"),
        text: "Review {code}.".to_owned(),
        created_at_ms: 5,
    }
}

fn typed(text: &str) -> DraftRow {
    DraftRow {
        text: text.to_owned(),
        context: None,
        updated_at_ms: 7,
    }
}

fn below(id: &str) -> DraftPlace {
    DraftPlace::Conversation(id.to_owned())
}

fn is_missing<T>(result: Result<T, StoreError>, what: &str) -> bool {
    result.is_err_and(
        |error| matches!(error.kind, StoreErrorKind::NotFound { what: found, .. } if found == what),
    )
}

#[tokio::test]
async fn templates_come_change_and_go() {
    let (_folder, store) = fresh();
    for id in ["a", "b", "c"] {
        store.create_template(template(id)).await.unwrap();
    }
    let twice = store.create_template(template("a")).await.unwrap_err();
    assert_eq!(twice.kind, StoreErrorKind::Conflict);
    let changed = store
        .replace_template("b", "new".to_owned(), "text".to_owned(), 9)
        .await
        .unwrap();
    assert_eq!(
        (changed.created_at_ms, changed.updated_at_ms, &*changed.name),
        (5, 9, "new")
    );
    store.delete_template("a").await.unwrap();
    let first = store.templates(1, None).await.unwrap();
    let second = store.templates(1, first.next).await.unwrap();
    assert_eq!(
        (&*first.items[0].id, second.items, second.next),
        ("c", vec![changed], None)
    );
    assert!(is_missing(store.template("a").await, "template"));
    assert!(is_missing(store.delete_template("a").await, "template"));
}

#[tokio::test]
async fn a_draft_goes_with_its_conversation_and_with_nothing_else() {
    let (_folder, store) = fresh();
    for id in ["u", "v"] {
        let new = conversation(id, &["openai/gpt-5"]);
        store.create_conversation(new).await.unwrap();
        store.set_draft(below(id), typed(id)).await.unwrap();
    }
    let question = DraftRow {
        context: Some("of this".to_owned()),
        ..typed("Why?")
    };
    for draft in [typed("before"), question.clone()] {
        store.set_draft(DraftPlace::Council, draft).await.unwrap();
    }
    store.delete_conversation("u").await.unwrap();
    assert!(is_missing(store.draft(below("u")).await, "conversation"));
    assert_eq!(store.draft(below("v")).await.unwrap(), Some(typed("v")));
    assert_eq!(
        store.draft(DraftPlace::Council).await.unwrap(),
        Some(question)
    );
    store.delete_draft(DraftPlace::Council).await.unwrap();
    assert_eq!(store.draft(DraftPlace::Council).await.unwrap(), None);
    let nowhere = store.set_draft(below("none"), typed("t")).await;
    assert!(is_missing(nowhere, "conversation"));
}
