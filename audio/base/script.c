/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/base/script.h"

#include "audio/base/audio-error.h"

#include <opencc/opencc.h>
#include <pthread.h>
#include <string.h>

struct _AudioScriptConverter {
  opencc_t opencc;
};

AudioScriptConverter *
audio_script_converter_new (AudioScript script, GError **error)
{
  const char *table = script == AUDIO_SCRIPT_TRADITIONAL ? "s2t.json" : "t2s.json";
  AudioScriptConverter *converter;
  opencc_t opencc;

  if (script == AUDIO_SCRIPT_AS_IS)
    return NULL;
  opencc = opencc_open (table);
  if (opencc == (opencc_t) -1) {
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL,
                 "%s: the table of Chinese characters cannot be read: %s", table, opencc_error ());
    return NULL;
  }
  converter = g_new0 (AudioScriptConverter, 1);
  converter->opencc = opencc;
  return converter;
}

void
audio_script_converter_free (AudioScriptConverter *converter)
{
  if (converter == NULL)
    return;
  opencc_close (converter->opencc);
  g_free (converter);
}

char *
audio_script_converter_convert (const AudioScriptConverter *converter, const char *text)
{
  char *converted = opencc_convert_utf8 (converter->opencc, text, strlen (text));
  char *copy = g_strdup (converted != NULL ? converted : text);

  if (converted != NULL)
    opencc_convert_utf8_free (converted);
  return copy;
}

/* (transfer none): the process keeps it. To open a table takes a thousand times as long as to
 * convert a sentence. */
static const AudioScriptConverter *
get_kept (AudioScript script, GError **error)
{
  static AudioScriptConverter *kept[AUDIO_SCRIPT_SIMPLIFIED + 1];
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  AudioScriptConverter *converter;

  pthread_mutex_lock (&lock);
  if (kept[script] == NULL)
    kept[script] = audio_script_converter_new (script, error);
  converter = kept[script];
  pthread_mutex_unlock (&lock);
  return converter;
}

/* Characters that a table changes; those of a phrase of another length count by their place. */
static guint
count_changed (const char *text, const char *converted)
{
  guint n = 0;

  for (; *text != '\0' && *converted != '\0';
       text = g_utf8_next_char (text), converted = g_utf8_next_char (converted))
    n += g_utf8_get_char (text) != g_utf8_get_char (converted);
  return n;
}

/* The tables leave a text alone that is in the script they lead to, but for single characters: 台
 * and 里 are of both. */
gboolean
audio_script_recognise (const char *text, AudioScript *script, GError **error)
{
  static const AudioScript scripts[] = { AUDIO_SCRIPT_TRADITIONAL, AUDIO_SCRIPT_SIMPLIFIED };
  guint n_changed[G_N_ELEMENTS (scripts)];

  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++) {
    const AudioScriptConverter *converter = get_kept (scripts[i], error);
    g_autofree char *converted = NULL;

    if (converter == NULL)
      return FALSE;
    converted = audio_script_converter_convert (converter, text);
    n_changed[i] = count_changed (text, converted);
  }
  *script =
      n_changed[0] == n_changed[1] ? AUDIO_SCRIPT_AS_IS : scripts[n_changed[0] > n_changed[1]];
  return TRUE;
}
