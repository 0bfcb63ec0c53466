//! What is said of a content: its type, coding, tag and time, as fields of an answer.
//!
//! Of each form of a file something else is said (RFC 9110 §8.8.3.3), and all but the only one tell
//! caches that there was a choice.

use std::time::{SystemTime, UNIX_EPOCH};

use semantics::coding::Coding;
use semantics::conditional::Validators;
use semantics::date;
use semantics::etag::EntityTag;
use semantics::fields::{Fields, Octets};
use semantics::media_type::{self, MediaType};

use super::content::Content;

/// What is said of a representation.
#[derive(Clone, Debug)]
pub(super) struct Description {
    media_type: MediaType,
    form: Form,
    etag: EntityTag,
    last_modified: Option<SystemTime>,
}

/// Which of a file's representations one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The only one.
    Sole,
    /// The file itself, which has siblings or may be compressed.
    Identity,
    /// A sibling.
    Coded(Coding),
    /// What has been made of the file.
    Made(Coding),
}

impl Form {
    /// Returns the coding.
    pub(super) const fn coding(self) -> Option<Coding> {
        match self {
            Self::Sole | Self::Identity => None,
            Self::Coded(coding) | Self::Made(coding) => Some(coding),
        }
    }

    /// Tells whether a request chooses among several by its Accept-Encoding. Then the answer says
    /// so, whichever was chosen: a cache must not give it to who would choose otherwise.
    pub(super) fn is_chosen(self) -> bool {
        self != Self::Sole
    }
}

impl Description {
    /// Describes a content under the name that is asked for.
    pub(super) fn new(
        name: &[u8],
        content: &Content,
        modified: SystemTime,
        form: Form,
        now: SystemTime,
    ) -> Self {
        Self {
            media_type: media_type::for_file_name(name),
            form,
            etag: entity_tag(content, modified, now, form.coding()),
            last_modified: last_modified(modified, now),
        }
    }

    /// Describes what has been made of the content in a coding.
    pub(super) fn made_into(&self, coding: Coding) -> Self {
        Self {
            media_type: self.media_type,
            form: Form::Made(coding),
            etag: self.etag.made_into(coding),
            last_modified: self.last_modified,
        }
    }

    /// Returns what conditions are evaluated against.
    pub(super) const fn validators(&self) -> Validators<'_> {
        Validators { etag: Some(&self.etag), last_modified: self.last_modified }
    }

    /// Returns the tag.
    pub(super) const fn etag(&self) -> &EntityTag {
        &self.etag
    }

    /// Returns the media type.
    pub(super) const fn media_type(&self) -> &'static str {
        self.media_type.as_str()
    }

    /// Returns which of the file's representations it is.
    pub(super) const fn form(&self) -> Form {
        self.form
    }

    /// Returns the fields that go with the content or a part of it.
    pub(super) fn fields(&self) -> Fields {
        self.fields_as(self.media_type())
    }

    /// Returns the fields that go with parts of the content in an envelope of that type.
    pub(super) fn fields_as(&self, media_type: impl Into<Octets>) -> Fields {
        let mut fields = Fields::new();
        put(&mut fields, "Content-Type", media_type);
        put(&mut fields, "X-Content-Type-Options", "nosniff");
        if let Some(coding) = self.form.coding() {
            put(&mut fields, "Content-Encoding", coding.as_str());
        }
        // Of what was made there are no parts to be had: a Range gets those of the file.
        if !matches!(self.form, Form::Made(_)) {
            put(&mut fields, "Accept-Ranges", "bytes");
        }
        put(&mut fields, "ETag", self.etag.as_bytes().to_vec());
        if let Some(modified) = self.last_modified {
            put(&mut fields, "Last-Modified", date::format(modified));
        }
        put_vary(&mut fields, self.form);
        fields
    }

    /// Returns the fields that go with parts for a client that has others of the same
    /// representation, and with them all that does not name it (RFC 9110 §15.3.7).
    pub(super) fn further_fields(&self) -> Fields {
        let mut fields = Fields::new();
        put(&mut fields, "X-Content-Type-Options", "nosniff");
        put(&mut fields, "Accept-Ranges", "bytes");
        put(&mut fields, "ETag", self.etag.as_bytes().to_vec());
        put_vary(&mut fields, self.form);
        fields
    }
}

/// Returns the fields of an answer that the client has the content already.
pub(super) fn not_modified_fields(etag: &EntityTag, form: Form) -> Fields {
    let mut fields = Fields::new();
    put(&mut fields, "ETag", etag.as_bytes().to_vec());
    put_vary(&mut fields, form);
    fields
}

/// Makes the tag of a content, from which no other coding of it has the same.
fn entity_tag(
    content: &Content,
    modified: SystemTime,
    now: SystemTime,
    coding: Option<Coding>,
) -> EntityTag {
    match (content.bytes().filter(|_| !has_time(modified)), coding) {
        (Some(bytes), None) => EntityTag::of_content(bytes),
        (Some(bytes), Some(coding)) => EntityTag::of_coded_content(bytes, coding),
        (None, None) => EntityTag::of_file(content.len(), modified, now),
        (None, Some(coding)) => EntityTag::of_coded_file(content.len(), modified, now, coding),
    }
}

/// Gives the time that is sent: one later than that of the answer must not be (RFC 9110 §8.8.2.1).
fn last_modified(modified: SystemTime, now: SystemTime) -> Option<SystemTime> {
    has_time(modified).then(|| date::whole_seconds(modified.min(now)))
}

/// Tells whether a file has a time: those that a program carries inside have none.
fn has_time(modified: SystemTime) -> bool {
    modified != UNIX_EPOCH
}

/// Adds a field made here: of the names and values above, none can be invalid.
pub(super) fn put(fields: &mut Fields, name: &'static str, value: impl Into<Octets>) {
    fields.push(name, value).expect("a fixed name and a value of tokens, numbers or dates");
}

/// Adds what a cache must know of the choice.
fn put_vary(fields: &mut Fields, form: Form) {
    if form.is_chosen() {
        put(fields, "Vary", "Accept-Encoding");
    }
}
