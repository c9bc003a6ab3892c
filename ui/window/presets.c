/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window/presets.h"

#include <glib/gi18n.h>
#include <math.h>

static const struct {
  const char *name;
  const char *system;
  double temperature;
  int max_tokens;
} built_in[] = {
  { NC_ ("preset", "Default"), NULL, 0, 0 },
  { NC_ ("preset", "Summary"),
    N_ ("Sum up what was said in a few short points, in the language of the question. Say who said "
        "it where the speakers are known. Add nothing that was not said."),
    0, 400 },
  { NC_ ("preset", "Translation"),
    N_ ("Translate what is said or written into the language that the user asks for, or into "
        "English if none is named. Give the translation and nothing else."),
    0, 1000 },
  { NC_ ("preset", "Interview Notes"),
    N_ ("Write notes of an interview: each question in a line, and under it the answer in one or "
        "two sentences, with the time where it is known. Keep names and numbers as they were "
        "said."),
    0, 800 },
  { NC_ ("preset", "Minutes"),
    N_ ("Write the minutes of a meeting under three headings: what was decided, who does what "
        "until "
        "when, and what is open. Leave a heading out if there is nothing under it."),
    0, 800 },
  { NC_ ("preset", "Short Answers"), N_ ("Answer in one short sentence."), 0, 100 },
  { NC_ ("preset", "Ideas"),
    N_ ("Suggest different ideas, the unusual ones too, as a list with a sentence for each."), 0.9,
    600 },
};

void
hs_preset_free (HsPreset *preset)
{
  g_free (preset->title);
  app_talk_settings_clear (&preset->settings);
  g_free (preset);
}

static void
add_own (AppConversations *store, GPtrArray *presets)
{
  g_auto (GStrv) names = app_conversations_list_presets (store, NULL);

  for (guint i = 0; names != NULL && names[i] != NULL; i++) {
    g_autoptr (HsPreset) preset = g_new0 (HsPreset, 1);

    preset->is_own = TRUE;
    preset->title = g_strdup (names[i]);
    if (app_conversations_get_preset (store, names[i], &preset->settings, NULL))
      g_ptr_array_add (presets, g_steal_pointer (&preset));
  }
}

GPtrArray *
hs_presets_list (AppConversations *store)
{
  GPtrArray *presets = g_ptr_array_new_with_free_func ((GDestroyNotify) hs_preset_free);

  add_own (store, presets);
  for (gsize i = 0; i < G_N_ELEMENTS (built_in); i++) {
    HsPreset *preset = g_new0 (HsPreset, 1);

    preset->title = g_strdup (g_dpgettext2 (NULL, "preset", built_in[i].name));
    preset->settings.preset = g_strdup (built_in[i].name);
    preset->settings.system = g_strdup (built_in[i].system != NULL ? _ (built_in[i].system) : "");
    preset->settings.temperature = built_in[i].temperature;
    preset->settings.max_tokens = built_in[i].max_tokens;
    g_ptr_array_add (presets, preset);
  }
  return presets;
}

static const char *
to_text (const char *text)
{
  return text != NULL ? text : "";
}

gboolean
hs_preset_fits (const HsPreset *preset, const AppTalkSettings *settings)
{
  return g_str_equal (to_text (preset->settings.system), to_text (settings->system))
         && fabs (preset->settings.temperature - settings->temperature) < 0.005
         && preset->settings.max_tokens == settings->max_tokens
         && preset->settings.thinking == settings->thinking;
}
