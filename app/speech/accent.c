/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/accent.h"

#include "audio/base/script.h"

gboolean
app_accent_read (const char *name, AppAccent *accent, GError **error)
{
  if (name == NULL)
    *accent = APP_ACCENT_BY_TEXT;
  else if (g_str_equal (name, "taiwan"))
    *accent = APP_ACCENT_TAIWAN;
  else if (g_str_equal (name, "mainland"))
    *accent = APP_ACCENT_MAINLAND;
  else {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "there is no accent %s; there are taiwan and mainland", name);
    return FALSE;
  }
  return TRUE;
}

AppAccent
app_accent_get_default (void)
{
  const char *const *names = g_get_language_names ();

  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix (names[i], "zh_"))
      return g_str_has_prefix (names[i], "zh_TW") ? APP_ACCENT_TAIWAN : APP_ACCENT_MAINLAND;
  return APP_ACCENT_MAINLAND;
}

static gboolean
has_han (const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (g_unichar_get_script (g_utf8_get_char (text)) == G_UNICODE_SCRIPT_HAN)
      return TRUE;
  return FALSE;
}

AppAccent
app_accent_choose (AppAccent asked, const char *text, AppAccent otherwise)
{
  AudioScript script = AUDIO_SCRIPT_AS_IS;
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  if (asked != APP_ACCENT_BY_TEXT)
    return asked;
  /* Without the tables no character tells. */
  if (has_han (valid))
    audio_script_recognise (valid, &script, NULL);
  if (script == AUDIO_SCRIPT_AS_IS)
    return otherwise;
  return script == AUDIO_SCRIPT_TRADITIONAL ? APP_ACCENT_TAIWAN : APP_ACCENT_MAINLAND;
}
