/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/stage.h"

#include <glib/gi18n.h>
#include <math.h>

static const struct {
  const char *stage;
  const char *words;
} stages[] = {
  { "waiting", N_ ("Waiting for what was asked before") },
  { "started", N_ ("Beginning") },
  { "loading-listener", N_ ("Loading the model that listens") },
  { "reading-audio", N_ ("Reading the recording") },
  { "listening", N_ ("Listening") },
  { "telling-speakers", N_ ("Telling voices apart") },
  { "hearing-manner", N_ ("Hearing how things are said") },
  { "loading-chat", N_ ("Loading the model that answers") },
  { "summing-up", N_ ("Summing up") },
  { "reading-prompt", N_ ("Thinking") },
  { "thinking", N_ ("Thinking") },
  { "loading-voice", N_ ("Loading the voice") },
  { "speaking", N_ ("Speaking") },
  { "narrating", N_ ("Speaking") },
  { "recording", N_ ("Recording") },
  { "choosing-voice", N_ ("Choosing a voice to start from") },
  { "making-voice", N_ ("Making the voice") },
  { "measuring", N_ ("Measuring") },
  { "waiting-for-store", N_ ("Waiting for another installation") },
  { "fetching", N_ ("Fetching") },
  { "converting", N_ ("Converting") },
  { "checking", N_ ("Checking") },
};

char *
hs_time_describe_left (double seconds)
{
  int minutes = (int) ceil (seconds / 60);

  if (seconds < 60)
    return g_strdup_printf (ngettext ("%d second left", "%d seconds left", (gulong) ceil (seconds)),
                            (int) ceil (seconds));
  return g_strdup_printf (ngettext ("%d minute left", "%d minutes left", (gulong) minutes),
                          minutes);
}

char *
hs_stage_describe (const char *stage, double seconds_left)
{
  const char *words = _ ("Beginning");
  g_autofree char *left = NULL;

  for (gsize i = 0; stage != NULL && i < G_N_ELEMENTS (stages); i++)
    if (g_str_equal (stages[i].stage, stage))
      words = _ (stages[i].words);
  if (!(seconds_left >= 1))
    return g_strdup_printf ("%s…", words);
  left = hs_time_describe_left (seconds_left);
  /* Translators: what is going on, then how long it still takes. */
  return g_strdup_printf (_ ("%s… %s"), words, left);
}

char *
hs_time_format (double seconds)
{
  gint64 whole = seconds > 0 ? (gint64) seconds : 0;

  if (whole >= 3600)
    return g_strdup_printf ("%d:%02d:%02d", (int) (whole / 3600), (int) (whole / 60 % 60),
                            (int) (whole % 60));
  return g_strdup_printf ("%d:%02d", (int) (whole / 60), (int) (whole % 60));
}
