/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/own-voice.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define ENDING ".voice"
#define MAX_NAME 64

void
app_own_voice_free (AppOwnVoice *voice)
{
  if (voice == NULL)
    return;
  g_free (voice->name);
  g_free (voice->path);
  g_free (voice->problem);
  audio_voice_file_free (voice->file);
  app_voice_entry_free (voice->entry);
  g_free (voice);
}

static char *
get_folder (void)
{
  return g_build_filename (g_get_user_data_dir (), "hearsay", "voices", NULL);
}

static char *
get_path (const char *name)
{
  g_autofree char *folder = get_folder ();
  g_autofree char *file = g_strconcat (name, ENDING, NULL);

  return g_build_filename (folder, file, NULL);
}

static gboolean
is_name (const char *name)
{
  const size_t n = strlen (name);

  if (n < 1 || n > MAX_NAME || name[0] == '.' || name[0] == '-')
    return FALSE;
  for (const char *at = name; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && strchr ("-_.", *at) == NULL)
      return FALSE;
  return TRUE;
}

/* af_heart, zm_yunxi: a letter, f or m, and a line. */
gboolean
app_own_voice_is_stock_name (const char *name)
{
  return g_ascii_islower (name[0]) && (name[1] == 'f' || name[1] == 'm') && name[2] == '_';
}

/* Reads the file and the ledger. */
static void
examine (AppOwnVoice *voice, AppVoiceLedger *ledger)
{
  g_autofree char *content = NULL;
  g_autofree char *id = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  size_t n_bytes;

  if (g_file_get_contents (voice->path, &content, &n_bytes, &error)) {
    bytes = g_bytes_new_take (g_steal_pointer (&content), n_bytes);
    id = app_voice_identify (bytes);
    voice->file = audio_voice_file_open_bytes (bytes, voice->path, &error);
  }
  if (voice->file != NULL)
    voice->entry = app_voice_ledger_find (ledger, id, &error);
  if (error != NULL)
    voice->problem = g_strdup (error->message);
  else if (voice->entry == NULL)
    voice->problem = g_strdup_printf ("the ledger does not know the voice %s: import it with "
                                      "hearsay voice import",
                                      voice->name);
  else if (voice->entry->revoked[0] != '\0')
    voice->problem = g_strdup_printf ("the consent to the voice %s was revoked on %.10s",
                                      voice->name, voice->entry->revoked);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const AppOwnVoice *const *left = a, *const *right = b;

  return strcmp ((*left)->name, (*right)->name);
}

GPtrArray *
app_own_voices_list (GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) app_own_voice_free);
  g_autofree char *folder = get_folder ();
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (AppVoiceLedger) ledger = NULL;
  const char *file;

  if (dir == NULL)
    return g_steal_pointer (&all);
  ledger = app_voice_ledger_new (NULL, error);
  if (ledger == NULL)
    return NULL;
  while ((file = g_dir_read_name (dir)) != NULL) {
    g_autofree char *name = NULL;
    AppOwnVoice *voice;

    if (!g_str_has_suffix (file, ENDING))
      continue;
    name = g_strndup (file, strlen (file) - strlen (ENDING));
    if (!is_name (name))
      continue;
    voice = g_new0 (AppOwnVoice, 1);
    voice->name = g_steal_pointer (&name);
    voice->path = get_path (voice->name);
    examine (voice, ledger);
    g_ptr_array_add (all, voice);
  }
  g_ptr_array_sort (all, compare_names);
  return g_steal_pointer (&all);
}

AppOwnVoice *
app_own_voice_get (const char *name, GError **error)
{
  g_autoptr (AppOwnVoice) voice = g_new0 (AppOwnVoice, 1);
  g_autoptr (AppVoiceLedger) ledger = NULL;

  voice->name = g_strdup (name);
  voice->path = get_path (name);
  if (!is_name (name) || !g_file_test (voice->path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "there is no voice %s (see hearsay voice list)", name);
    return NULL;
  }
  ledger = app_voice_ledger_new (NULL, error);
  if (ledger == NULL)
    return NULL;
  examine (voice, ledger);
  return g_steal_pointer (&voice);
}

char *
app_own_voice_find (const char *name, GError **error)
{
  g_autoptr (AppOwnVoice) voice = app_own_voice_get (name, error);

  if (voice == NULL)
    return NULL;
  if (voice->problem == NULL)
    return g_strdup (voice->path);
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s", voice->problem);
  return NULL;
}

gboolean
app_own_voice_check_name (const char *name, GError **error)
{
  g_autofree char *path = get_path (name);

  if (!is_name (name))
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "a voice's name has 1 to %d letters, digits, -, _ or .", MAX_NAME);
  else if (app_own_voice_is_stock_name (name))
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s is a name of stock voices", name);
  else if (g_file_test (path, G_FILE_TEST_EXISTS))
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "there is a voice %s already; hearsay voice remove %s deletes it", name, name);
  else
    return TRUE;
  return FALSE;
}

static gboolean
write_file (const char *path, GBytes *bytes, GError **error)
{
  g_autofree char *folder = get_folder ();
  g_autoptr (GError) problem = NULL;
  size_t n;
  const char *data = g_bytes_get_data (bytes, &n);

  if (g_mkdir_with_parents (folder, 0700) == 0
      && g_file_set_contents_full (path, data, (gssize) n,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   0600, &problem))
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot write %s: %s", path,
               problem != NULL ? problem->message : g_strerror (errno));
  return FALSE;
}

gboolean
app_own_voice_keep (const char *name, GBytes *bytes, const char *origin, const char *attestation,
                    GError **error)
{
  g_autofree char *path = get_path (name);
  g_autofree char *id = app_voice_identify (bytes);
  g_autofree char *clips = NULL;
  g_autoptr (AppVoiceLedger) ledger = NULL;
  g_autoptr (AudioVoiceFile) file = NULL;
  const AudioVoiceFacts *facts;

  if (!app_own_voice_check_name (name, error))
    return FALSE;
  file = audio_voice_file_open_bytes (bytes, name, error);
  ledger = file != NULL ? app_voice_ledger_new (NULL, error) : NULL;
  if (ledger == NULL)
    return FALSE;
  facts = audio_voice_file_get_facts (file);
  clips = g_strjoinv (" ", (char **) facts->clips);
  const AppVoiceEntry entry = { .id = id,
                                .name = (char *) name,
                                .origin = (char *) (origin != NULL ? origin : facts->origin),
                                .attestation = (char *) (attestation != NULL ? attestation
                                                                             : facts->attestation),
                                .clips = clips };
  /* The entry first: one without a file does no harm. */
  return app_voice_ledger_add (ledger, &entry, error) && write_file (path, bytes, error);
}

gboolean
app_own_voice_remove (const char *name, GError **error)
{
  g_autoptr (AppOwnVoice) voice = app_own_voice_get (name, error);
  g_autoptr (AppVoiceLedger) ledger = NULL;

  if (voice == NULL)
    return FALSE;
  ledger = app_voice_ledger_new (NULL, error);
  if (ledger == NULL)
    return FALSE;
  if (voice->entry != NULL && voice->entry->revoked[0] == '\0'
      && !app_voice_ledger_delete (ledger, voice->entry->id, error))
    return FALSE;
  if (g_unlink (voice->path) == 0)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot delete %s: %s", voice->path,
               g_strerror (errno));
  return FALSE;
}

gboolean
app_own_voice_revoke (const char *name, GError **error)
{
  g_autoptr (AppOwnVoice) voice = app_own_voice_get (name, error);
  g_autoptr (AppVoiceLedger) ledger = NULL;

  if (voice == NULL)
    return FALSE;
  if (voice->entry == NULL) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s", voice->problem);
    return FALSE;
  }
  ledger = app_voice_ledger_new (NULL, error);
  return ledger != NULL && app_voice_ledger_revoke (ledger, voice->entry->id, error);
}

gboolean
app_own_voice_rename (const char *name, const char *new_name, GError **error)
{
  g_autoptr (AppOwnVoice) voice = app_own_voice_get (name, error);
  g_autofree char *path = get_path (new_name);
  g_autoptr (AppVoiceLedger) ledger = NULL;

  if (voice == NULL || !app_own_voice_check_name (new_name, error))
    return FALSE;
  ledger = app_voice_ledger_new (NULL, error);
  if (ledger == NULL
      || (voice->entry != NULL
          && !app_voice_ledger_rename (ledger, voice->entry->id, new_name, error)))
    return FALSE;
  if (g_rename (voice->path, path) == 0)
    return TRUE;
  g_set_error (error, APP_ERROR, APP_ERROR_DISK, "cannot rename %s: %s", voice->path,
               g_strerror (errno));
  return FALSE;
}
