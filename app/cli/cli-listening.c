/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/cli/cli-listening.h"

#include <string.h>

#include "app/base/settings.h"

static void
append_entries (GArray *all, const GOptionEntry *entries)
{
  for (const GOptionEntry *entry = entries; entry != NULL && entry->long_name != NULL; entry++)
    g_array_append_val (all, *entry);
}

gboolean
app_cli_choose_language (char *language, const char **chosen)
{
  *chosen = NULL;
  if (language == NULL || g_ascii_strcasecmp (language, "auto") == 0)
    return TRUE;
  gsize n = strlen (language);
  for (gsize i = 0; i < n; i++) {
    language[i] = g_ascii_tolower (language[i]);
    if (!g_ascii_islower (language[i]))
      n = 0;
  }
  if (n < 2 || n > 3) {
    app_cli_usage ("--language is a code of two or three letters, such as en or zh, or auto");
    return FALSE;
  }
  *chosen = language;
  return TRUE;
}

/* Defaults that nobody chose are not taken in silence. */
static void
note_settings (const AppCliOptions *options)
{
  g_autoptr (GError) error = NULL;

  if (!app_settings_check (&error))
    app_cli_note (options, "the settings are not known: %s", error->message);
}

gboolean
app_cli_listening_parse (int argc, char **argv, const GOptionEntry *entries, AppCliOptions *options,
                         AppCliListening *listening, int *status)
{
  AppListenOptions *listen = &listening->options;
  const GOptionEntry own[] = {
    { "language", 'l', 0, G_OPTION_ARG_STRING, &listening->language,
      "What is spoken (default: found out)", "CODE" },
    { "speakers", 0, 0, G_OPTION_ARG_INT, &listen->n_speakers,
      "How many people speak (default: found out)", "N" },
    { "no-speakers", 0, 0, G_OPTION_ARG_NONE, &listen->no_speakers, "Do not tell voices apart",
      NULL },
    { "no-attributes", 0, 0, G_OPTION_ARG_NONE, &listen->no_attributes,
      "Estimate neither emotion nor gender", NULL },
    { NULL },
  };
  g_autoptr (GArray) all = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  append_entries (all, entries);
  append_entries (all, own);
  if (!app_cli_parse (argc, argv, (const GOptionEntry *) (void *) all->data, options, status))
    return FALSE;
  if (!app_cli_check_range ("--speakers", listen->n_speakers, 0, APP_HEARING_MAX_SPEAKERS)
      || !app_cli_choose_language (listening->language, &listen->transcribe.language)) {
    *status = APP_EXIT_USAGE;
    return FALSE;
  }
  note_settings (options);
  listen->no_attributes |= !app_settings_get (APP_SETTING_ATTRIBUTES);
  listen->no_speakers |= !app_settings_get (APP_SETTING_SPEAKERS);
  return TRUE;
}

void
app_cli_listening_clear (AppCliListening *listening)
{
  g_clear_pointer (&listening->language, g_free);
}
