/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Between the files of narration: the plan (narration.c), takes (narration-take.c), what the
 * recogniser says of them (narration-check.c), the result (narration-write.c), the report. */

#pragma once

#include "app/speech/narration.h"

G_BEGIN_DECLS

#define APP_NARRATION_KEY 32

/* What is kept of a take beside its sound. */
typedef struct {
  double seconds;
  char *phonemes;
  GArray *words;   /* of AppSaidWord, in the sentence's text and the take */
  int variant;     /* which of the ways to speak a sentence */
  guint n_retakes; /* that were made before it was chosen */
  gboolean is_checked;
  double score;
  guint longest_gap; /* AppSoundComparison */
  guint n_sounds;
  double likeness; /* NAN: not measured */
  char *heard;     /* what the recogniser wrote; NULL: not checked */
  char **missed;   /* words; NULL: none */
  char **added;
} AppTake;

typedef struct {
  char *text;
  char *voice;
  AppScriptManner manner;
  double lead_s;  /* silence before */
  double pause_s; /* and after */
  char *chapter;  /* begins here; NULL: none */
  char key[APP_NARRATION_KEY + 1];
  double start_s, end_s; /* in the result */
  AppTake *take;         /* NULL: not yet, or cleared to save memory */
  gboolean is_done;
} AppSentence;

struct _AppNarration {
  AppEngine *engine;
  AppVoiceModels *models;
  gboolean owns_models;
  gboolean is_heard;
  AppOnTake on_take;
  gpointer take_data;
  char *path;
  char *takes; /* the folder of the sounds */
  int lock;    /* that it is written to by this narration alone; -1: not yet */
  char *title;
  char *voice; /* the narrator's */
  AppAccent accent;
  AppNarrationCheck check;
  guint retake, choose, chosen; /* as in AppNarrationOptions */
  GPtrArray *sentences;         /* of AppSentence */
  GHashTable *prints;           /* voice -> AppVoicePrint */
  AppNarrationResult result;
};

/* What the takes of one voice have in common, for the speaker encoder. */
typedef struct {
  float sum[AUDIO_SPEAKER_DIM];
  guint n;
} AppVoicePrint;

/* A file descriptor that keeps the folder of takes to this narration until it is closed, also by
 * the end of the process; -1: APP_ERROR_BUSY if another narration has it, APP_ERROR_DISK. */
int app_takes_lock (const char *folder, GError **error);

void app_take_free (AppTake *take);
/* (transfer full) (nullable): the take of a sentence from its folder, if it is whole. */
AppTake *app_take_load (const AppNarration *narration, const AppSentence *sentence);
/* (transfer full): the sentence spoken in one of the ways, and its sound in the folder, without
 * what is known of it. */
AppTake *app_take_make (AppNarration *narration, const AppSentence *sentence, int variant,
                        const char *path, GError **error);
/* Makes the sound at path that of the sentence, and writes down what is known. */
gboolean app_take_keep (const AppNarration *narration, const AppSentence *sentence,
                        const AppTake *take, const char *path, GError **error);
/* A member that is an array of strings; NULL: of none. */
void app_take_build_strings (JsonBuilder *json, const char *name, char **strings);
/* (transfer full): the samples of the take that is used. */
float *app_take_read (const AppNarration *narration, const AppSentence *sentence, size_t *n,
                      GError **error);
/* (transfer full): where the sound of a sentence stands. */
char *app_take_get_path (const AppNarration *narration, const AppSentence *sentence);

/* Takes that were there before a sentence was spoken again have numbers from 1 and stand beside the
 * one that is used, which has the number 0. (transfer full): the numbers of those that are whole,
 * of guint, rising. */
GArray *app_take_list_earlier (const AppNarration *narration, const AppSentence *sentence);
/* (transfer full) (nullable): one of them; 0: the one that is used. */
AppTake *app_take_load_earlier (const AppNarration *narration, const AppSentence *sentence,
                                guint number);
/* Keeps the take that is used as an earlier one, until one is chosen. */
gboolean app_take_set_aside (const AppNarration *narration, const AppSentence *sentence,
                             GError **error);
/* Uses the take of this number and deletes all others of the sentence. APP_ERROR_ARGUMENT if there
 * is none. */
gboolean app_take_choose (const AppNarration *narration, const AppSentence *sentence, guint number,
                          GError **error);
/* Deletes takes of sentences that are not in the script any more, if they are older than a day. */
void app_takes_forget_others (const AppNarration *narration);

/* "zh" or "en", by its letters. */
const char *app_narration_get_language (const char *text);
/* Whether the recogniser can be had; if not, says why in `unchecked`. FALSE with an error where it
 * must be. */
gboolean app_narration_prepare_check (AppNarration *narration, GError **error);
/* Fills score, heard, missed, added, likeness. */
gboolean app_take_check (AppNarration *narration, const AppSentence *sentence, AppTake *take,
                         const char *path, GError **error);
/* Whether it should be spoken again. */
gboolean app_take_is_bad (const AppTake *take);

gboolean app_narration_write_report (AppNarration *narration, GError **error);

/* How what was heard differs from what should be: by sounds, so that spelling, numerals and
 * characters of the same sound do not matter. */
typedef struct {
  double score;      /* 1 - edits / sounds, at least 0 */
  guint longest_gap; /* sounds in a row that are missing, or added */
  GPtrArray *missed; /* of char *: words most of whose sounds are not there */
  GPtrArray *added;  /* words heard most of whose sounds should not be there */
} AppSoundComparison;

/* Each reading with the text that it is of. */
void app_sounds_compare (const char *text, const AudioReading *reading, const char *heard,
                         const AudioReading *heard_reading, AppSoundComparison *comparison);
void app_sound_comparison_clear (AppSoundComparison *comparison);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppTake, app_take_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppSoundComparison, app_sound_comparison_clear)

G_END_DECLS
