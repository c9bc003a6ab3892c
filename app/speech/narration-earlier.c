/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Takes beside the one that is used: those that were spoken before, until one is chosen, and those
 * of sentences that have left the script. */

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "app/speech/narration-private.h"

#define DAY_S (24 * 60 * 60)

static const char *const endings[] = { ".flac", ".json" };

static char *
get_path (const AppNarration *narration, const char *name)
{
  return g_build_filename (narration->takes, name, NULL);
}

/* "KEY.flac": 0; "KEY.12.json": 12; -1 if the name is no take's. */
static gint64
read_name (const char *name, char key[APP_NARRATION_KEY + 1])
{
  const char *rest = name + APP_NARRATION_KEY;
  gint64 number = 0;
  char *end;

  if (strlen (name) <= APP_NARRATION_KEY || *rest != '.')
    return -1;
  g_strlcpy (key, name, APP_NARRATION_KEY + 1);
  if (strspn (key, "0123456789abcdef") != APP_NARRATION_KEY)
    return -1;
  if (g_ascii_isdigit (rest[1])) {
    number = (gint64) g_ascii_strtoull (rest + 1, &end, 10);
    rest = end;
    if (number == 0 || number > G_MAXINT)
      return -1;
  }
  return g_str_equal (rest, endings[0]) || g_str_equal (rest, endings[1]) ? number : -1;
}

/* "KEY.2.flac" or, for 0, "KEY.flac". (transfer full). */
static char *
get_take_path (const AppNarration *narration, const AppSentence *sentence, guint number,
               const char *ending)
{
  g_autofree char *name = number > 0 ? g_strdup_printf ("%s.%u%s", sentence->key, number, ending)
                                     : g_strconcat (sentence->key, ending, NULL);

  return get_path (narration, name);
}

/* They are numbered without a gap, and all go at once. */
static guint
count (const AppNarration *narration, const AppSentence *sentence)
{
  for (guint n = 0;; n++) {
    g_autofree char *sound = get_take_path (narration, sentence, n + 1, endings[0]);
    if (!g_file_test (sound, G_FILE_TEST_EXISTS))
      return n;
  }
}

GArray *
app_take_list_earlier (const AppNarration *narration, const AppSentence *sentence)
{
  const guint n = count (narration, sentence);
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint number = 1; number <= n; number++) {
    g_autoptr (AppTake) take = app_take_load_earlier (narration, sentence, number);
    if (take != NULL)
      g_array_append_val (numbers, number);
  }
  return numbers;
}

/* The sound first: without it a take counts as missing. */
static gboolean
move (const AppNarration *narration, const AppSentence *sentence, guint from, guint to,
      GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *source = get_take_path (narration, sentence, from, endings[i]);
    g_autofree char *target = get_take_path (narration, sentence, to, endings[i]);
    if (g_rename (source, target) != 0) {
      g_set_error (error, APP_ERROR, APP_ERROR_DISK, "%s: %s", source, g_strerror (errno));
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
app_take_set_aside (const AppNarration *narration, const AppSentence *sentence, GError **error)
{
  return move (narration, sentence, 0, count (narration, sentence) + 1, error);
}

gboolean
app_take_choose (const AppNarration *narration, const AppSentence *sentence, guint number,
                 GError **error)
{
  const guint n = count (narration, sentence);
  g_autoptr (AppTake) take = app_take_load_earlier (narration, sentence, number);

  if (take == NULL) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "“%s” has no take %u", sentence->text,
                 number);
    return FALSE;
  }
  if (number > 0 && !move (narration, sentence, number, 0, error))
    return FALSE;
  for (guint i = n; i >= 1; i--)
    for (gsize k = 0; k < G_N_ELEMENTS (endings); k++) {
      g_autofree char *path = get_take_path (narration, sentence, i, endings[k]);
      g_unlink (path);
    }
  return TRUE;
}

void
app_takes_forget_others (const AppNarration *narration)
{
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GDir) folder = g_dir_open (narration->takes, 0, NULL);
  const gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  const char *name;

  for (guint i = 0; i < narration->sentences->len; i++)
    g_hash_table_add (keys, ((AppSentence *) narration->sentences->pdata[i])->key);
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *path = get_path (narration, name);
    char key[APP_NARRATION_KEY + 1];
    GStatBuf status;
    if (read_name (name, key) >= 0 && !g_hash_table_contains (keys, key)
        && g_stat (path, &status) == 0 && now - (gint64) status.st_mtime > DAY_S)
      g_unlink (path);
  }
}
