//! How an account likes to watch.

use serde::Deserialize;

use crate::lenient;
use crate::lenient::Words;

/// Preferences for playing. The numbers are Plex's own; they come as numbers or as text.
/// Source: the API description of plex.tv, and recorded accounts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Profile {
    /// Whether to pick the audio track by language.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub auto_select_audio: Option<bool>,
    /// The language of audio tracks.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub default_audio_language: Option<String>,
    /// The languages of audio tracks, best first.
    #[serde(default, deserialize_with = "lenient::comma_words")]
    pub default_audio_languages: Words,
    /// The language of subtitles.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub default_subtitle_language: Option<String>,
    /// The languages of subtitles, best first.
    #[serde(default, deserialize_with = "lenient::comma_words")]
    pub default_subtitle_languages: Words,
    /// When to show subtitles: 0 by hand, 1 with foreign audio, 2 always.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub auto_select_subtitle: Option<i64>,
    /// Whether to prefer subtitles for the deaf: 0 prefer others, 1 prefer them, 2 only them, 3 only others.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub default_subtitle_accessibility: Option<i64>,
    /// Whether to prefer forced subtitles: 0 prefer others, 1 prefer them, 2 only them, 3 only others.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub default_subtitle_forced: Option<i64>,
    /// Where to mark what was watched.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub watched_indicator: Option<i64>,
    /// Whose reviews to show.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub media_reviews_visibility: Option<i64>,
}
