/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The plan: which sentences, and speaking those that are missing. */

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "app/speech/first-words.h"
#include "app/speech/narration-private.h"
#include "app/speech/own-voice.h"
#include "app/speech/sound-file.h"

/* Changes whenever the same sentence would come out otherwise. */
#define VERSION "1"

/* About 18 s of speech. */
#define MAX_SENTENCE_BYTES 300
#define SHOWN_BYTES 80

#define PAUSE_S 0.3
#define PAUSE_PARAGRAPH_S 0.65
#define PAUSE_HEADING_S 0.85
/* Where a sentence was too long and goes on. */
#define PAUSE_INSIDE_S 0.12

static void
free_sentence (gpointer data)
{
  AppSentence *sentence = data;

  g_free (sentence->text);
  g_free (sentence->voice);
  g_free (sentence->chapter);
  app_take_free (sentence->take);
  g_free (sentence);
}

void
app_narration_free (AppNarration *narration)
{
  if (narration == NULL)
    return;
  if (narration->owns_models)
    g_clear_pointer (&narration->models, app_voice_models_free);
  if (narration->lock >= 0)
    close (narration->lock);
  g_ptr_array_unref (narration->sentences);
  g_hash_table_unref (narration->prints);
  g_free (narration->path);
  g_free (narration->result.folder);
  g_free (narration->takes);
  g_free (narration->result.report);
  g_free (narration->title);
  g_free (narration->voice);
  g_free (narration->result.unchecked);
  g_free (narration);
}

const char *
app_narration_get_language (const char *text)
{
  const char *language = audio_reading_guess_language (text);

  return language != NULL ? language : "en";
}

/* Tells a voice of somebody's own from an earlier one of the same name. (transfer none). */
static const char *
identify_voice (GHashTable *identities, const char *voice)
{
  const char *known = g_hash_table_lookup (identities, voice);
  g_autofree char *bytes = NULL;
  gsize n_bytes = 0;

  if (known != NULL || app_own_voice_is_stock_name (voice))
    return known != NULL ? known : voice;
  g_autofree char *path = app_own_voice_find (voice, NULL);
  if (path == NULL || !g_file_get_contents (path, &bytes, &n_bytes, NULL))
    return voice;
  char *sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) bytes, n_bytes);
  g_hash_table_insert (identities, g_strdup (voice), sum);
  return sum;
}

/* The same sentence a second time has another key, so that one of them can be spoken anew. */
static void
make_key (AppSentence *sentence, const char *voice, AppAccent accent, GHashTable *seen)
{
  const AppScriptManner *manner = &sentence->manner;
  /* Of plain sentences the keys stay what they were. */
  g_autofree char *feeling = manner->feeling != AUDIO_FEELING_NONE
                                 ? g_strdup_printf (" %d", (int) manner->feeling)
                                 : g_strdup ("");
  g_autofree char *all = g_strdup_printf (
      VERSION "\n%s\n%.4f %.4f %.4f%s\n%s%s", voice, manner->speed, manner->pitch, manner->spread,
      feeling, sentence->text, accent == APP_ACCENT_TAIWAN ? "\ntaiwan" : "");
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (seen, all));
  g_autofree char *numbered = g_strdup_printf ("%u\n%s", n, all);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, numbered, -1);

  g_hash_table_insert (seen, g_steal_pointer (&all), GUINT_TO_POINTER (n + 1));
  g_strlcpy (sentence->key, sum, sizeof sentence->key);
}

static double
choose_pause (const AppScriptPart *part, const char *text, gboolean is_last)
{
  if (is_last && part->kind == APP_SCRIPT_HEADING)
    return PAUSE_HEADING_S;
  if (is_last && part->ends_paragraph)
    return PAUSE_PARAGRAPH_S;
  const char *end = text + strlen (text);
  gunichar last = end > text ? g_utf8_get_char (g_utf8_prev_char (end)) : 0;
  return g_unichar_isalnum (last) || last == ',' || last == 0xff0c ? PAUSE_INSIDE_S : PAUSE_S;
}

static void
add_sentence (AppNarration *narration, const AppScriptPart *part, const char *text, double speed,
              gboolean is_first, gboolean is_last, double *lead_s)
{
  AppSentence *sentence = g_new0 (AppSentence, 1);

  sentence->text = g_strdup (text);
  sentence->voice = g_strdup (part->voice != NULL ? part->voice : narration->voice);
  sentence->manner = part->manner;
  sentence->manner.speed *= speed;
  sentence->lead_s = *lead_s;
  *lead_s = 0;
  sentence->pause_s = choose_pause (part, text, is_last) / sentence->manner.speed;
  if (part->kind == APP_SCRIPT_HEADING && is_first)
    sentence->chapter = g_strdup (part->text);
  g_ptr_array_add (narration->sentences, sentence);
}

/* Whether there is something in it to speak; wrong text is an error that names the sentence. */
static gboolean
can_be_spoken (AppNarration *narration, const char *text, gboolean *is_empty, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (AudioReading) reading = app_voice_models_read (narration->models, text, &problem);
  gsize n_shown = MIN (strlen (text), SHOWN_BYTES);

  *is_empty = reading != NULL && reading->n_words == 0;
  if (reading != NULL)
    return TRUE;
  while (n_shown > 0 && (text[n_shown] & 0xc0) == 0x80)
    n_shown--;
  g_set_error (error, problem->domain, problem->code, "sentence %u of the script, “%.*s%s”: %s",
               narration->sentences->len + 1, (int) n_shown, text, text[n_shown] != '\0' ? "…" : "",
               problem->message);
  return FALSE;
}

/* A pause at the end of a paragraph comes besides the one that follows a paragraph. */
static void
end_paragraph (AppNarration *narration, const AppScriptPart *pause)
{
  if (!pause->ends_paragraph || narration->sentences->len == 0)
    return;
  AppSentence *last = g_ptr_array_index (narration->sentences, narration->sentences->len - 1);
  last->pause_s = MAX (last->pause_s, PAUSE_PARAGRAPH_S / last->manner.speed);
}

static gboolean
plan (AppNarration *narration, const AppScript *script, double speed, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) identities =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  double lead_s = 0;

  for (guint p = 0; p < script->parts->len; p++) {
    const AppScriptPart *part = g_ptr_array_index (script->parts, p);
    if (part->kind == APP_SCRIPT_PAUSE) {
      lead_s += part->pause_s;
      end_paragraph (narration, part);
      continue;
    }
    if (part->voice != NULL
        && !app_voice_models_check_voice (narration->models, part->voice, error))
      return FALSE;
    g_autoptr (GArray) spans = audio_reading_split (part->text, MAX_SENTENCE_BYTES);
    if (narration->is_heard && narration->sentences->len == 0)
      app_first_words_cut (part->text, spans);
    for (guint i = 0; i < spans->len; i++) {
      const AudioReadingSpan *span = &g_array_index (spans, AudioReadingSpan, i);
      g_autofree char *text =
          g_strstrip (g_strndup (part->text + span->begin, span->end - span->begin));
      gboolean is_empty;
      if (!can_be_spoken (narration, text, &is_empty, error))
        return FALSE;
      if (is_empty)
        continue;
      add_sentence (narration, part, text, speed, i == 0, i + 1 == spans->len, &lead_s);
      AppSentence *sentence =
          g_ptr_array_index (narration->sentences, narration->sentences->len - 1);
      make_key (sentence, identify_voice (identities, sentence->voice), narration->accent, seen);
    }
  }
  if (narration->sentences->len > 0)
    return TRUE;
  g_set_error_literal (error, APP_ERROR, APP_ERROR_ARGUMENT,
                       "there is nothing in the script to speak");
  return FALSE;
}

/* (transfer full): talk.flac: talk.hearsay */
static char *
find_folder (const char *path)
{
  g_autofree char *stem = g_strdup (path);
  char *base = strrchr (stem, '/');
  char *point = strrchr (base != NULL ? base : stem, '.');

  if (point != NULL)
    *point = '\0';
  return g_strconcat (stem, ".hearsay", NULL);
}

char *
app_narration_get_takes_folder (const char *path)
{
  g_autofree char *folder = find_folder (path);

  return g_build_filename (folder, "takes", NULL);
}

static gboolean
open_folder (AppNarration *narration, GError **error)
{
  narration->result.folder = find_folder (narration->path);
  narration->takes = app_narration_get_takes_folder (narration->path);
  narration->result.report = g_build_filename (narration->result.folder, "report.json", NULL);
  if (g_mkdir_with_parents (narration->takes, 0777) == 0) {
    narration->lock = app_takes_lock (narration->takes, error);
    return narration->lock >= 0;
  }
  g_set_error (error, APP_ERROR, APP_ERROR_DISK, "%s: %s", narration->result.folder,
               g_strerror (errno));
  return FALSE;
}

AppNarration *
app_narration_new (AppEngine *engine, const AppScript *script, const AppNarrationOptions *options,
                   GError **error)
{
  g_autoptr (AppNarration) narration = g_new0 (AppNarration, 1);
  g_autofree char *text = app_script_get_text (script);

  narration->engine = engine;
  narration->lock = -1;
  narration->sentences = g_ptr_array_new_with_free_func (free_sentence);
  narration->prints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  narration->path = g_strdup (options->path);
  narration->title = g_strdup (script->title);
  narration->voice =
      g_strdup (options->voice != NULL ? options->voice : app_say_choose_voice (text));
  narration->accent = app_accent_choose (options->accent, text, app_accent_get_default ());
  narration->check = options->check;
  narration->retake = options->retake;
  narration->choose = options->choose;
  narration->chosen = options->chosen;
  narration->result.lufs = narration->result.true_peak = -INFINITY;
  if (!app_sound_file_check (options->path, error))
    return NULL;
  narration->is_heard = options->is_heard;
  narration->on_take = options->on_take;
  narration->take_data = options->take_data;
  narration->owns_models = options->models == NULL;
  narration->models =
      options->models != NULL ? options->models : app_voice_models_load (engine, error);
  if (narration->models != NULL)
    app_voice_models_set_accent (narration->models, narration->accent);
  if (narration->models == NULL
      || !app_voice_models_check_voice (narration->models, narration->voice, error)
      || !plan (narration, script, options->speed > 0 ? options->speed : 1, error))
    return NULL;
  if (MAX (options->retake, options->choose) > narration->sentences->len) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "the script has no sentence %u but %u",
                 MAX (options->retake, options->choose), narration->sentences->len);
    return NULL;
  }
  if (!open_folder (narration, error) || !app_narration_prepare_check (narration, error))
    return NULL;
  return g_steal_pointer (&narration);
}

/* Whether b is to be had rather than a. */
static gboolean
is_better (const AppTake *a, const AppTake *b)
{
  if (app_take_is_bad (a) != app_take_is_bad (b))
    return app_take_is_bad (a);
  return b->score > a->score;
}

/* Tries one way after the other until one is good; the best is kept. is_asked: by the user, who may
 * want the earlier take nonetheless. */
static gboolean
speak_sentence (AppNarration *narration, AppSentence *sentence, int variant, gboolean is_asked,
                GError **error)
{
  g_autofree char *best_path = g_build_filename (narration->takes, ".best.flac", NULL);
  g_autofree char *path = g_build_filename (narration->takes, ".take.flac", NULL);
  g_autoptr (AppTake) best = NULL;

  for (guint n = 0; n <= APP_NARRATION_MAX_RETAKES; n++) {
    g_autoptr (AppTake) take = app_take_make (narration, sentence, variant + (int) n, path, error);
    if (take == NULL || !app_take_check (narration, sentence, take, path, error))
      return FALSE;
    gboolean is_good = !app_take_is_bad (take);
    if (best == NULL || is_better (best, take)) {
      g_clear_pointer (&best, app_take_free);
      best = g_steal_pointer (&take);
      g_rename (path, best_path);
    }
    best->n_retakes = n;
    if (is_good)
      break;
  }
  g_unlink (path);
  if ((is_asked && sentence->take != NULL && !app_take_set_aside (narration, sentence, error))
      || !app_take_keep (narration, sentence, best, best_path, error))
    return FALSE;
  g_clear_pointer (&sentence->take, app_take_free);
  sentence->take = g_steal_pointer (&best);
  return TRUE;
}

/* The words' times and spellings are needed only once more; they are read again then. */
static void
forget_details (AppSentence *sentence)
{
  AppTake *take = sentence->take;

  sentence->is_done = TRUE;
  g_array_set_size (take->words, 0);
  g_clear_pointer (&take->phonemes, g_free);
  if (!app_take_is_bad (take))
    g_clear_pointer (&take->heard, g_free);
}

static gboolean
hand_out (AppNarration *narration, const AppSentence *sentence, GError **error)
{
  const gsize n_lead = (gsize) lround (sentence->lead_s * APP_SOUND_FILE_RATE);
  const gsize n_pause = (gsize) lround (sentence->pause_s * APP_SOUND_FILE_RATE);
  gsize n;
  g_autofree float *samples = app_take_read (narration, sentence, &n, error);

  if (samples == NULL)
    return FALSE;
  g_autofree float *all = g_new0 (float, n_lead + n + n_pause);
  memcpy (all + n_lead, samples, n * sizeof *all);
  return narration->on_take (all, n_lead + n + n_pause, narration->take_data, error);
}

static gboolean
do_sentence (AppNarration *narration, guint index, gboolean *is_kept, GError **error)
{
  AppSentence *sentence = g_ptr_array_index (narration->sentences, index);
  gboolean is_asked = narration->retake == index + 1;

  if (narration->choose == index + 1
      && !app_take_choose (narration, sentence, narration->chosen, error))
    return FALSE;
  sentence->take = app_take_load (narration, sentence);
  *is_kept = sentence->take != NULL && !is_asked;
  if (!*is_kept
      && !speak_sentence (narration, sentence,
                          sentence->take != NULL ? sentence->take->variant + 1 : 0, is_asked,
                          error))
    return FALSE;
  if (*is_kept && !sentence->take->is_checked && narration->result.unchecked == NULL) {
    g_autofree char *path = app_take_get_path (narration, sentence);
    if (!app_take_check (narration, sentence, sentence->take, path, error))
      return FALSE;
    if (app_take_is_bad (sentence->take)) {
      if (!speak_sentence (narration, sentence, sentence->take->variant, FALSE, error))
        return FALSE;
    } else if (!app_take_keep (narration, sentence, sentence->take, path, error))
      return FALSE;
  }
  forget_details (sentence);
  return narration->on_take == NULL || hand_out (narration, sentence, error);
}

gboolean
app_narration_speak (AppNarration *narration, AppOnNarration on_progress, gpointer user_data,
                     GError **error)
{
  const guint n = narration->sentences->len;
  double n_bytes = 0, done = 0, spoken = 0, spoken_s = 0;
  GError *problem = NULL;

  for (guint i = 0; i < n; i++)
    n_bytes += (double) strlen (((AppSentence *) narration->sentences->pdata[i])->text);
  for (guint i = 0; i < n; i++) {
    AppSentence *sentence = g_ptr_array_index (narration->sentences, i);
    AppNarrationProgress progress = { i, n, sentence->text, done / n_bytes, -1, FALSE };
    gint64 begin = g_get_monotonic_time ();
    if (spoken > 0)
      progress.seconds_left = (n_bytes - done) * spoken_s / spoken;
    if (on_progress != NULL)
      on_progress (&progress, user_data);
    if (app_engine_is_cancelled (narration->engine)) {
      g_set_error_literal (error, APP_ERROR, APP_ERROR_CANCELLED, "stopped");
      return FALSE;
    }
    if (!do_sentence (narration, i, &progress.is_kept, &problem)) {
      if (app_engine_is_cancelled (narration->engine)) {
        g_clear_error (&problem);
        g_set_error_literal (error, APP_ERROR, APP_ERROR_CANCELLED, "stopped");
      } else
        g_propagate_error (error, problem);
      return FALSE;
    }
    done += (double) strlen (sentence->text);
    if (!progress.is_kept) {
      spoken += (double) strlen (sentence->text);
      spoken_s += (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
    }
  }
  return TRUE;
}

guint
app_narration_get_n (const AppNarration *narration)
{
  return narration->sentences->len;
}

guint
app_narration_get_n_done (const AppNarration *narration)
{
  guint n = 0;

  while (n < narration->sentences->len && ((AppSentence *) narration->sentences->pdata[n])->is_done)
    n++;
  return n;
}

void
app_narration_get_sentence (const AppNarration *narration, guint index,
                            AppNarrationSentence *sentence)
{
  const AppSentence *s = g_ptr_array_index (narration->sentences, index);
  const AppTake *take = s->take;

  *sentence = (AppNarrationSentence){ .text = s->text,
                                      .voice = s->voice,
                                      .is_done = s->is_done,
                                      .start_s = s->start_s,
                                      .end_s = s->end_s,
                                      .likeness = NAN };
  if (take == NULL)
    return;
  sentence->is_checked = take->is_checked;
  sentence->is_bad = app_take_is_bad (take);
  sentence->score = take->score;
  sentence->likeness = take->likeness;
  sentence->n_retakes = take->n_retakes;
  sentence->n_missed = take->missed != NULL ? g_strv_length (take->missed) : 0;
  sentence->n_added = take->added != NULL ? g_strv_length (take->added) : 0;
}

const AppNarrationResult *
app_narration_get_result (const AppNarration *narration)
{
  return &narration->result;
}
