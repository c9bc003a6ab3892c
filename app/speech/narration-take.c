/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One sentence, spoken and kept: KEY.flac and KEY.json. */

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "app/base/json-write.h"
#include "app/base/whole-file.h"
#include "app/speech/narration-private.h"
#include "app/speech/sound-file.h"
#include "audio/sound/loudness.h"

#define SOUND ".flac"
#define KNOWN ".json"
#define RATE APP_SOUND_FILE_RATE
/* What is softer than the loudest stretch by so much, at both ends, is cut off but for a rest. */
#define QUIET_DB 46.0
#define STRETCH (RATE / 200)
#define REST_BEFORE (RATE / 25)
#define REST_AFTER (RATE / 12)
#define FADE_IN (RATE / 200)
#define FADE_OUT (RATE / 66)
/* Between the pieces of a sentence that is too long for one breath. */
#define PIECE_PAUSE (RATE / 10)

/* The ways to speak a sentence: the model says the same each time, so what differs is the speed and
 * where it takes breath. */
static const struct {
  double speed;
  gboolean is_split;
} variants[] = { { 1, FALSE },    { 0.95, FALSE }, { 1, TRUE },    { 0.9, TRUE },
                 { 1.05, FALSE }, { 0.97, FALSE }, { 1.03, FALSE } };

/* The sound of a sentence as it grows. */
typedef struct {
  const AppSentence *sentence;
  GArray *samples; /* of float */
  GString *phonemes;
  GArray *words; /* of AppSaidWord */
} Voice;

int
app_takes_lock (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, ".lock", NULL);
  const int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

  /* Some file systems have no locks; then there is nobody to be told apart from. */
  if (fd >= 0 && (flock (fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK))
    return fd;
  if (fd < 0)
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot write %s: %s", path, g_strerror (errno));
  else {
    g_set_error (error, APP_ERROR, APP_ERROR_BUSY,
                 "%s: in use; another narration into the same file is being made", folder);
    close (fd);
  }
  return -1;
}

void
app_take_free (AppTake *take)
{
  if (take == NULL)
    return;
  g_free (take->phonemes);
  g_array_unref (take->words);
  g_free (take->heard);
  g_strfreev (take->missed);
  g_strfreev (take->added);
  g_free (take);
}

static AppTake *
take_new (void)
{
  AppTake *take = g_new0 (AppTake, 1);

  take->words = g_array_new (FALSE, FALSE, sizeof (AppSaidWord));
  take->likeness = NAN;
  return take;
}

/* "KEY.flac", "KEY.2.flac". */
static char *
get_path (const AppNarration *narration, const AppSentence *sentence, guint number,
          const char *ending)
{
  g_autofree char *place = number > 0 ? g_strdup_printf (".%u", number) : g_strdup ("");
  g_autofree char *name = g_strconcat (sentence->key, place, ending, NULL);

  return g_build_filename (narration->takes, name, NULL);
}

char *
app_take_get_path (const AppNarration *narration, const AppSentence *sentence)
{
  return get_path (narration, sentence, 0, SOUND);
}

/* Where speech begins and ends. */
static void
find_speech (const float *samples, size_t n, size_t *begin, size_t *end)
{
  float loudest = 0;
  size_t first = n, last = 0;

  for (int pass = 0; pass < 2; pass++)
    for (size_t at = 0; at < n; at += STRETCH) {
      size_t length = MIN (STRETCH, n - at);
      float power = 0;
      for (size_t i = at; i < at + length; i++)
        power += samples[i] * samples[i];
      power /= (float) length;
      if (pass == 0)
        loudest = fmaxf (loudest, power);
      else if (power > loudest * (float) pow (10, -QUIET_DB / 10)) {
        first = MIN (first, at);
        last = at + length;
      }
    }
  *begin = first > REST_BEFORE && first < n ? first - REST_BEFORE : 0;
  *end = last > 0 ? MIN (last + REST_AFTER, n) : n;
}

/* A piece is trimmed, faded, and put behind the others. */
static gboolean
add_piece (const AppSaid *said, gpointer user_data, GError **error)
{
  Voice *voice = user_data;
  g_autofree float *samples = g_memdup2 (said->samples, said->n_samples * sizeof (float));
  size_t begin, end;

  find_speech (samples, said->n_samples, &begin, &end);
  audio_fade (samples + begin, end - begin, FADE_IN, FADE_OUT);
  if (voice->samples->len > 0)
    g_array_set_size (voice->samples, voice->samples->len + PIECE_PAUSE);
  const double shift = ((double) voice->samples->len - (double) begin) / RATE - said->start_s;
  g_array_append_vals (voice->samples, samples + begin, (guint) (end - begin));
  const double length = (double) voice->samples->len / RATE;
  for (size_t i = 0; i < said->n_words; i++) {
    AppSaidWord word = said->words[i];
    word.begin += said->begin;
    word.end += said->begin;
    word.start_s = CLAMP (word.start_s + shift, 0, length);
    word.end_s = CLAMP (word.end_s + shift, word.start_s, length);
    g_array_append_val (voice->words, word);
  }
  g_string_append_printf (voice->phonemes, "%s%s", voice->phonemes->len > 0 ? " " : "",
                          said->phonemes);
  return TRUE;
}

static gboolean
save_sound (const AppNarration *narration, const Voice *voice, const char *path, GError **error)
{
  AppSoundFile *file = app_sound_file_open (
      path, &(AppSoundFileTags){ voice->sentence->text, voice->sentence->voice }, error);

  if (file == NULL)
    return FALSE;
  if (app_sound_file_append (file, (const float *) (void *) voice->samples->data,
                             voice->samples->len, error))
    return app_sound_file_close (file, error);
  app_sound_file_discard (file);
  return FALSE;
}

float *
app_take_read (const AppNarration *narration, const AppSentence *sentence, size_t *n,
               GError **error)
{
  g_autofree char *path = app_take_get_path (narration, sentence);

  return app_sound_file_read (path, sentence->voice, n, error);
}

AppTake *
app_take_make (AppNarration *narration, const AppSentence *sentence, int variant, const char *path,
               GError **error)
{
  const size_t i = (size_t) variant % G_N_ELEMENTS (variants);
  const AppSayOptions options = {
    .voice = sentence->voice,
    .speed = CLAMP (sentence->manner.speed * variants[i].speed, 0.3, 3),
    .pitch = sentence->manner.pitch,
    .spread = sentence->manner.spread,
    .feeling = sentence->manner.feeling,
    .max_bytes = variants[i].is_split ? MAX (strlen (sentence->text) / 2 + 8, 40) : 0,
  };
  g_autoptr (GArray) samples = g_array_new (FALSE, TRUE, sizeof (float));
  g_autoptr (GString) phonemes = g_string_new (NULL);
  g_autoptr (AppTake) take = take_new ();
  Voice voice = { sentence, samples, phonemes, take->words };
  gint64 begin = g_get_monotonic_time ();

  if (!app_say (narration->models, sentence->text, &options, add_piece, &voice, error)
      || !save_sound (narration, &voice, path, error))
    return NULL;
  take->variant = variant;
  take->seconds = (double) samples->len / RATE;
  take->phonemes = g_strdup (phonemes->str);
  narration->result.speak_s += (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  return g_steal_pointer (&take);
}

static void
build_words (JsonBuilder *json, const GArray *words)
{
  json_builder_set_member_name (json, "words");
  json_builder_begin_array (json);
  for (guint i = 0; i < words->len; i++) {
    const AppSaidWord *word = &g_array_index (words, AppSaidWord, i);
    json_builder_begin_array (json);
    json_builder_add_int_value (json, (gint64) word->begin);
    json_builder_add_int_value (json, (gint64) word->end);
    json_builder_add_double_value (json, round (word->start_s * 1e4) / 1e4);
    json_builder_add_double_value (json, round (word->end_s * 1e4) / 1e4);
    json_builder_end_array (json);
  }
  json_builder_end_array (json);
}

void
app_take_build_strings (JsonBuilder *json, const char *name, char **strings)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (guint i = 0; strings != NULL && strings[i] != NULL; i++)
    json_builder_add_string_value (json, strings[i]);
  json_builder_end_array (json);
}

gboolean
app_take_keep (const AppNarration *narration, const AppSentence *sentence, const AppTake *take,
               const char *path, GError **error)
{
  g_autofree char *sound = app_take_get_path (narration, sentence);
  g_autofree char *known = get_path (narration, sentence, 0, KNOWN);
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  app_json_add_string (json, "text", sentence->text);
  app_json_add_string (json, "voice", sentence->voice);
  app_json_add_string (json, "phonemes", take->phonemes);
  app_json_add_number (json, "seconds", take->seconds, 4);
  app_json_add_int (json, "variant", take->variant);
  app_json_add_int (json, "retakes", take->n_retakes);
  build_words (json, take->words);
  if (take->is_checked) {
    app_json_add_number (json, "score", take->score, 4);
    app_json_add_int (json, "longest_gap", take->longest_gap);
    app_json_add_int (json, "sounds", take->n_sounds);
    app_json_add_string (json, "heard", take->heard);
    app_take_build_strings (json, "missed", take->missed);
    app_take_build_strings (json, "added", take->added);
    if (isfinite (take->likeness))
      app_json_add_number (json, "likeness", take->likeness, 4);
  }
  json_builder_end_object (json);
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_autofree char *text = json_to_string (root, FALSE);
  /* The sound first: where it is missing, the rest counts as missing. */
  if (g_rename (path, sound) != 0) {
    g_set_error (error, APP_ERROR, APP_ERROR_DISK, "%s cannot be kept", sound);
    return FALSE;
  }
  return app_whole_file_write (known, text, strlen (text), error);
}

static double
get_number (JsonObject *object, const char *name, double otherwise)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && (json_node_get_value_type (node) == G_TYPE_INT64
                     || json_node_get_value_type (node) == G_TYPE_DOUBLE)
             ? json_node_get_double (node)
             : otherwise;
}

static const char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static char **
get_strings (JsonObject *object, const char *name)
{
  JsonArray *array = get_array (object, name);
  GPtrArray *strings = g_ptr_array_new ();

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);
    if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
      g_ptr_array_add (strings, g_strdup (json_node_get_string (node)));
  }
  g_ptr_array_add (strings, NULL);
  return (char **) g_ptr_array_free (strings, FALSE);
}

/* FALSE if they do not fit the text and the take, or do not stand in its order. */
static gboolean
read_words (JsonObject *object, const AppSentence *sentence, AppTake *take)
{
  JsonArray *array = get_array (object, "words");
  const double n_bytes = (double) strlen (sentence->text);
  double before = 0;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);
    JsonArray *list = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
    double values[4];
    if (list == NULL || json_array_get_length (list) != 4)
      return FALSE;
    for (guint k = 0; k < 4; k++) {
      JsonNode *value = json_array_get_element (list, k);
      values[k] = JSON_NODE_HOLDS_VALUE (value) ? json_node_get_double (value) : -1;
    }
    if (!(values[0] >= before && values[0] <= values[1] && values[1] <= n_bytes && values[2] >= 0
          && values[2] <= values[3] && values[3] <= take->seconds + 1))
      return FALSE;
    AppSaidWord word = { (size_t) values[0], (size_t) values[1], values[2], values[3] };
    g_array_append_val (take->words, word);
    before = values[0];
  }
  return array != NULL;
}

AppTake *
app_take_load_earlier (const AppNarration *narration, const AppSentence *sentence, guint number)
{
  g_autofree char *sound = get_path (narration, sentence, number, SOUND);
  g_autofree char *known = get_path (narration, sentence, number, KNOWN);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (AppTake) take = take_new ();

  if (!g_file_test (sound, G_FILE_TEST_IS_REGULAR)
      || !json_parser_load_from_file (parser, known, NULL) || json_parser_get_root (parser) == NULL
      || !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return NULL;
  JsonObject *object = json_node_get_object (json_parser_get_root (parser));
  take->seconds = get_number (object, "seconds", -1);
  if (g_strcmp0 (get_string (object, "text"), sentence->text) != 0 || !(take->seconds > 0)
      || !read_words (object, sentence, take))
    return NULL;
  take->phonemes = g_strdup (get_string (object, "phonemes"));
  take->variant = (int) CLAMP (get_number (object, "variant", 0), 0, 1000);
  take->n_retakes = (guint) CLAMP (get_number (object, "retakes", 0), 0, 1000);
  take->score = get_number (object, "score", -1);
  take->is_checked = take->score >= 0;
  take->longest_gap = (guint) CLAMP (get_number (object, "longest_gap", 0), 0, 1e6);
  take->n_sounds = (guint) CLAMP (get_number (object, "sounds", 0), 0, 1e6);
  take->likeness = get_number (object, "likeness", NAN);
  take->heard = g_strdup (get_string (object, "heard"));
  take->missed = get_strings (object, "missed");
  take->added = get_strings (object, "added");
  return g_steal_pointer (&take);
}

AppTake *
app_take_load (const AppNarration *narration, const AppSentence *sentence)
{
  return app_take_load_earlier (narration, sentence, 0);
}
