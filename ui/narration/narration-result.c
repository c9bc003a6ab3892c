/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/narration/narration-result.h"

#include <glib/gi18n.h>

#include "app/hearing/peaks.h"
#include "app/speech/player.h"
#include "ui/base/play-button.h"
#include "ui/base/stage.h"
#include "ui/base/trouble.h"
#include "ui/recording/waveform.h"

#define FOLLOW_MS 50
/* A little of what is before and behind. */
#define MARGIN_S 0.15

struct _HsNarrationResult {
  GtkBox parent_instance;
  GtkButton *play;
  HsWaveform *waveform;
  GtkLabel *length;
  GtkWidget *export;
  GtkLabel *summary;
  GtkWidget *next;
  AppPlayer *player;
  GArray *sentences; /* of Sentence, all of them */
  guint follow_id;
};

enum { SIGNAL_NEXT, SIGNAL_EXPORT, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsNarrationResult, hs_narration_result, GTK_TYPE_BOX)

typedef struct {
  double start, end;
} Sentence;

static gboolean
follow_cb (gpointer user_data)
{
  HsNarrationResult *self = user_data;

  hs_waveform_set_position (self->waveform, app_player_get_position (self->player));
  return G_SOURCE_CONTINUE;
}

static void
player_changed_cb (HsNarrationResult *self)
{
  gboolean is_playing = app_player_is_playing (self->player);

  hs_play_button_show (self->play, is_playing);
  if (is_playing && self->follow_id == 0)
    self->follow_id = g_timeout_add (FOLLOW_MS, follow_cb, self);
  if (!is_playing)
    g_clear_handle_id (&self->follow_id, g_source_remove);
}

static void
player_failed_cb (HsNarrationResult *self, const char *message)
{
  hs_trouble_tell_playing (GTK_WIDGET (self), message);
}

static void
play_cb (HsNarrationResult *self)
{
  if (self->player == NULL)
    return;
  if (app_player_is_playing (self->player))
    app_player_pause (self->player);
  else
    app_player_play (self->player);
}

static void
seek_cb (HsNarrationResult *self, double seconds)
{
  if (self->player != NULL)
    app_player_seek (self->player, seconds);
}

static void
export_cb (HsNarrationResult *self)
{
  g_signal_emit (self, signals[SIGNAL_EXPORT], 0);
}

static void
next_cb (HsNarrationResult *self)
{
  g_signal_emit (self, signals[SIGNAL_NEXT], 0);
}

static void
peaks_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (HsNarrationResult) self = user_data;
  g_autoptr (AppPeaks) peaks = app_peaks_read_finish (result, NULL);
  g_autofree char *length = NULL;

  if (peaks == NULL)
    return;
  length = hs_time_format (peaks->seconds);
  hs_waveform_set_peaks (self->waveform, peaks->peaks, peaks->n, peaks->seconds);
  hs_waveform_set_position (self->waveform, 0);
  gtk_label_set_label (self->length, length);
}

static void
play_sentence (HsNarrationResult *self, const Sentence *sentence)
{
  app_player_play_range (self->player, MAX (sentence->start - MARGIN_S, 0),
                         sentence->end + MARGIN_S);
}

/* (transfer full) */
static char *
summarise (guint n, guint n_bad, gboolean is_checked)
{
  g_autofree char *sentences =
      g_strdup_printf (ngettext ("%u sentence", "%u sentences", (gulong) n), n);
  g_autofree char *bad = NULL;

  if (!is_checked)
    bad = g_strdup (_ ("not listened to"));
  else if (n_bad == 0)
    bad = g_strdup (_ ("each heard as it is written"));
  else
    /* Translators: sentences in which the check did not hear what is written. */
    bad = g_strdup_printf (
        ngettext ("%u to listen to again", "%u to listen to again", (gulong) n_bad), n_bad);
  /* Translators: "131 sentences", "2 to listen to again". */
  return g_strdup_printf (_ ("%s, %s"), sentences, bad);
}

static void
show_report (HsNarrationResult *self, JsonObject *report)
{
  JsonArray *sentences = json_object_get_array_member (report, "sentences");
  JsonObject *check = json_object_get_object_member (report, "check");
  const char *unchecked =
      check != NULL ? json_object_get_string_member_with_default (check, "unchecked", NULL) : NULL;
  guint n = sentences != NULL ? json_array_get_length (sentences) : 0, n_bad = 0;
  g_autofree char *summary = NULL;

  g_array_set_size (self->sentences, 0);
  for (guint i = 0; i < n; i++) {
    JsonObject *object = json_array_get_object_element (sentences, i);
    Sentence sentence = {
      json_object_get_double_member_with_default (object, "start", 0),
      json_object_get_double_member_with_default (object, "end", 0),
    };
    g_array_append_val (self->sentences, sentence);
    n_bad += !json_object_get_boolean_member_with_default (object, "good", TRUE);
  }
  summary = summarise (n, n_bad, unchecked == NULL);
  gtk_label_set_label (self->summary, summary);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->summary), unchecked);
  gtk_widget_set_visible (self->next, n_bad > 0);
}

void
hs_narration_result_clear (HsNarrationResult *self)
{
  g_clear_handle_id (&self->follow_id, g_source_remove);
  if (self->player != NULL)
    g_signal_handlers_disconnect_by_data (self->player, self);
  g_clear_object (&self->player);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

void
hs_narration_result_show (HsNarrationResult *self, const char *path, JsonObject *report)
{
  hs_narration_result_clear (self);
  self->player = app_player_new (path);
  g_signal_connect_object (self->player, "changed", G_CALLBACK (player_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->player, "failed", G_CALLBACK (player_failed_cb), self,
                           G_CONNECT_SWAPPED);
  app_peaks_read_async (path, NULL, peaks_read_cb, g_object_ref (self));
  show_report (self, report);
  player_changed_cb (self);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

void
hs_narration_result_play (HsNarrationResult *self, guint number)
{
  if (self->player == NULL)
    return;
  if (number == 0 || number > self->sentences->len)
    app_player_play (self->player);
  else
    play_sentence (self, &g_array_index (self->sentences, Sentence, number - 1));
}

void
hs_narration_result_play_from (HsNarrationResult *self, guint number)
{
  if (self->player == NULL || number == 0 || number > self->sentences->len)
    return;
  const Sentence *sentence = &g_array_index (self->sentences, Sentence, number - 1);
  app_player_seek (self->player, MAX (sentence->start - MARGIN_S, 0));
  app_player_play (self->player);
}

void
hs_narration_result_pause (HsNarrationResult *self)
{
  if (self->player != NULL)
    app_player_pause (self->player);
}

void
hs_narration_result_set_busy (HsNarrationResult *self, gboolean is_busy)
{
  gtk_widget_set_sensitive (self->export, !is_busy);
}

static void
hs_narration_result_dispose (GObject *object)
{
  HsNarrationResult *self = HS_NARRATION_RESULT (object);

  g_clear_handle_id (&self->follow_id, g_source_remove);
  g_clear_object (&self->player);
  g_clear_pointer (&self->sentences, g_array_unref);
  G_OBJECT_CLASS (hs_narration_result_parent_class)->dispose (object);
}

static void
hs_narration_result_class_init (HsNarrationResultClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_narration_result_dispose;
  g_type_ensure (HS_TYPE_WAVEFORM);
  signals[SIGNAL_NEXT] = g_signal_new ("next", HS_TYPE_NARRATION_RESULT, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_EXPORT] = g_signal_new ("export", HS_TYPE_NARRATION_RESULT, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/hearsay_app/Hearsay/ui/narration-result.ui");
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, play);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, waveform);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, length);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, export);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, summary);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, next);
  gtk_widget_class_bind_template_callback (widget_class, play_cb);
  gtk_widget_class_bind_template_callback (widget_class, seek_cb);
  gtk_widget_class_bind_template_callback (widget_class, export_cb);
  gtk_widget_class_bind_template_callback (widget_class, next_cb);
}

static void
hs_narration_result_init (HsNarrationResult *self)
{
  self->sentences = g_array_new (FALSE, FALSE, sizeof (Sentence));
  gtk_widget_init_template (GTK_WIDGET (self));
}
