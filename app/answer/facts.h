/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What code knows better than a small model, as sentences for the prompt: how many speak and of
 * which gender, when each does, how each sounds and how certainly, where words and tone disagree,
 * which voices of several recordings are the same, the language.
 *
 * English whatever is spoken or asked; of bounded length. What is not known is not mentioned, and
 * what is uncertain is said to be. Pure functions.
 */

#pragma once

#include "app/engine/voices.h"
#include "app/hearing/manner.h"

G_BEGIN_DECLS

/* One recording among those of the voices, and the number of its first line in the prompt. */
typedef struct {
  const AppHearing *hearing;
  const AppVoices *voices;
  guint index;      /* of the recording */
  guint first_line; /* 1 for the first recording */
  guint aspects;    /* of AppAspect, of speakers and lines; 0: all */
} AppFactsOf;

/* (transfer full): about the whole recording, lines of text that each end in a newline. */
char *app_facts_of_recording (const AppFactsOf *of);
/* (transfer full): whether voices of the first n_hearings recordings are the same, the last of
 * which has just come; "" where there is nothing to compare. */
char *app_facts_of_voices (AppHearing *const *hearings, guint n_hearings, const AppVoices *voices);
/* Parts of it: how many speak, and of which gender; where words and tone disagree, or that they
 * nowhere do. Nothing where it is not known. */
void app_facts_append_count (const AppFactsOf *of, GString *facts);
/* The number of speakers of one gender. FALSE where that of any speaker is open. */
gboolean app_facts_append_count_of_gender (const AppFactsOf *of, gboolean female, GString *facts);
void app_facts_append_contrasts (const AppFactsOf *of, GString *facts);
/* (transfer full): how a speaker sounds, "female, emotion sad in line 1, angry in line 3, pitch
 * high, ..."; speaker -1: whoever speaks. "" if nothing is known. */
char *app_facts_of_speaker (const AppFactsOf *of, int speaker);
/* (transfer full): how a line sounds. */
char *app_facts_of_line (const AppFactsOf *of, guint index);
/* How long recordings are, which is longest and shortest, and how long each speaker of a single one
 * speaks. */
void app_facts_append_lengths (AppHearing *const *hearings, guint n_hearings,
                               const AppVoices *voices, GString *facts);
/* "female", "male"; NULL where it is not known or not certain. */
const char *app_facts_get_gender (const AppHearing *hearing, int speaker);
/* (transfer full): facts with what answers name said in Chinese besides, for a question in Chinese:
 * a small model leaves the English word in its answer. */
char *app_facts_add_chinese (const char *facts);
/* English name of a language by its code; the code if it has none here. */
const char *app_facts_get_language_name (const char *code);

G_END_DECLS
