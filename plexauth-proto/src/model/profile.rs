//! The playback preferences of an account.

use serde::{Deserialize, Serialize};

use crate::lenient;
use crate::lenient::Words;

/// Playback preferences. The numeric values are defined by Plex, which sends them as numbers or strings.
/// Source: the API description of plex.tv, and recorded accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Profile {
    /// Whether to select the audio track by language.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub auto_select_audio: Option<bool>,
    /// The preferred audio language.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub default_audio_language: Option<String>,
    /// The preferred audio languages, in order of preference.
    #[serde(default, deserialize_with = "lenient::comma_words")]
    pub default_audio_languages: Words,
    /// The preferred subtitle language.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub default_subtitle_language: Option<String>,
    /// The preferred subtitle languages, in order of preference.
    #[serde(default, deserialize_with = "lenient::comma_words")]
    pub default_subtitle_languages: Words,
    /// When to show subtitles: 0 manually, 1 with foreign audio, 2 always.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub auto_select_subtitle: Option<i64>,
    /// Subtitles for the deaf and hard of hearing: 0 prefer others, 1 prefer these, 2 only these, 3 only others.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub default_subtitle_accessibility: Option<i64>,
    /// Forced subtitles: 0 prefer others, 1 prefer these, 2 only these, 3 only others.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub default_subtitle_forced: Option<i64>,
    /// Where to mark watched items.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub watched_indicator: Option<i64>,
    /// The preference for audio descriptions, for the blind and visually impaired.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub default_audio_accessibility: Option<i64>,
    /// The languages of the reviews to show.
    #[serde(default, deserialize_with = "lenient::comma_words")]
    pub media_reviews_languages: Words,
    /// Which posts to show, by their authors.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub media_posts_visibility: Option<i64>,
    /// Which reviews to show, by their authors.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub media_reviews_visibility: Option<i64>,
}
