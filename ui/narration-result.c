/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/narration-result.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/peaks.h"
#include "app/player.h"
#include "ui/play-button.h"
#include "ui/stage.h"
#include "ui/waveform.h"

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
  GtkWidget *bad;
  GtkListBox *list;
  AppPlayer *player;
  GArray *sentences; /* of Sentence, all of them */
  guint follow_id;
};

enum { SIGNAL_RETAKE, SIGNAL_EXPORT, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsNarrationResult, hs_narration_result, GTK_TYPE_BOX)

typedef struct {
  guint number;
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
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", message);
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

static HsNarrationResult *
get_result (GtkWidget *widget)
{
  return HS_NARRATION_RESULT (gtk_widget_get_ancestor (widget, HS_TYPE_NARRATION_RESULT));
}

static void
play_sentence (HsNarrationResult *self, const Sentence *sentence)
{
  app_player_play_range (self->player, MAX (sentence->start - MARGIN_S, 0),
                         sentence->end + MARGIN_S);
}

static void
play_sentence_cb (GtkWidget *button, const Sentence *sentence)
{
  HsNarrationResult *self = get_result (button);

  if (self->player != NULL)
    play_sentence (self, sentence);
}

static void
retake_cb (GtkWidget *button, const Sentence *sentence)
{
  g_signal_emit (get_result (button), signals[SIGNAL_RETAKE], 0, sentence->number);
}

static void
free_sentence (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
add_button (AdwActionRow *row, const char *icon, const char *action, const char *text,
            GCallback callback, const Sentence *sentence)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);
  /* Translators: what is done, then the sentence that it is done to. */
  g_autofree char *label = g_strdup_printf (_ ("%s: %s"), action, text);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, action);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  g_signal_connect_data (button, "clicked", callback, g_memdup2 (sentence, sizeof *sentence),
                         free_sentence, 0);
  adw_action_row_add_suffix (row, button);
}

static void
add_row (HsNarrationResult *self, JsonObject *object, const Sentence *sentence)
{
  const char *text = json_object_get_string_member_with_default (object, "text", "");
  const char *heard = json_object_get_string_member_with_default (object, "heard", "");
  double score = json_object_get_double_member_with_default (object, "score", 0);
  AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());
  /* Translators: the words that the check understood, then how much of the sentence they are. */
  g_autofree char *subtitle =
      heard[0] != '\0'
          ? g_strdup_printf (_ ("Heard: “%s” · %d%% as it is written"), heard, (int) (score * 100))
          : g_strdup (_ ("Nothing was understood"));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), text);
  adw_action_row_set_subtitle (row, subtitle);
  adw_action_row_set_title_lines (row, 0);
  adw_action_row_set_subtitle_lines (row, 0);
  if (sentence->end > sentence->start)
    add_button (row, "media-playback-start-symbolic", _ ("Play"), text,
                G_CALLBACK (play_sentence_cb), sentence);
  add_button (row, "view-refresh-symbolic", _ ("Speak Again"), text, G_CALLBACK (retake_cb),
              sentence);
  gtk_list_box_append (self->list, GTK_WIDGET (row));
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
clear_list (HsNarrationResult *self)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
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

  clear_list (self);
  g_array_set_size (self->sentences, 0);
  for (guint i = 0; i < n; i++) {
    JsonObject *object = json_array_get_object_element (sentences, i);
    Sentence sentence = {
      i + 1,
      json_object_get_double_member_with_default (object, "start", 0),
      json_object_get_double_member_with_default (object, "end", 0),
    };
    g_array_append_val (self->sentences, sentence);
    if (json_object_get_boolean_member_with_default (object, "good", TRUE))
      continue;
    add_row (self, object, &sentence);
    n_bad++;
  }
  summary = summarise (n, n_bad, unchecked == NULL);
  gtk_label_set_label (self->summary, summary);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->summary), unchecked);
  gtk_widget_set_visible (self->bad, n_bad > 0);
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
  const Sentence *sentence;

  if (self->player == NULL)
    return;
  if (number == 0 || number > self->sentences->len) {
    app_player_play (self->player);
    return;
  }
  sentence = &g_array_index (self->sentences, Sentence, number - 1);
  play_sentence (self, sentence);
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
  gtk_widget_set_sensitive (GTK_WIDGET (self->list), !is_busy);
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
  signals[SIGNAL_RETAKE] = g_signal_new ("retake", HS_TYPE_NARRATION_RESULT, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[SIGNAL_EXPORT] = g_signal_new ("export", HS_TYPE_NARRATION_RESULT, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/hearsay_app/Hearsay/ui/narration-result.ui");
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, play);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, waveform);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, length);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, export);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, summary);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, bad);
  gtk_widget_class_bind_template_child (widget_class, HsNarrationResult, list);
  gtk_widget_class_bind_template_callback (widget_class, play_cb);
  gtk_widget_class_bind_template_callback (widget_class, seek_cb);
  gtk_widget_class_bind_template_callback (widget_class, export_cb);
}

static void
hs_narration_result_init (HsNarrationResult *self)
{
  self->sentences = g_array_new (FALSE, FALSE, sizeof (Sentence));
  gtk_widget_init_template (GTK_WIDGET (self));
}
