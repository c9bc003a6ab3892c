/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/recording/emotion-band.h"

#include <glib/gi18n.h>

#include "ui/base/stage.h"
#include "ui/recording/hearing-text.h"

#define HEIGHT 12
#define GREY_ALPHA 0.12f

struct _HsEmotionBand {
  GtkWidget parent_instance;
  AppHearing *hearing;
};

G_DEFINE_FINAL_TYPE (HsEmotionBand, hs_emotion_band, GTK_TYPE_WIDGET)

/* Of GNOME's palette, told apart by people with weak colour vision by height and tooltip too. */
static const char *const colors[AUDIO_N_EMOTIONS] = {
  [AUDIO_EMOTION_NEUTRAL] = "#62a0ea",   [AUDIO_EMOTION_HAPPY] = "#f6d32d",
  [AUDIO_EMOTION_SAD] = "#1a5fb4",       [AUDIO_EMOTION_ANGRY] = "#e01b24",
  [AUDIO_EMOTION_FEARFUL] = "#9141ac",   [AUDIO_EMOTION_SURPRISED] = "#ff7800",
  [AUDIO_EMOTION_DISGUSTED] = "#26a269",
};

/* (transfer full): how long each emotion was told for certain, the longest first to be named. */
static char *
summarise (const AppHearing *hearing)
{
  double seconds[AUDIO_N_EMOTIONS] = { 0 }, uncertain = 0;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < hearing->segments->len; i++) {
    const AppHearingSegment *segment = app_hearing_get (hearing, i);
    if (segment->has_attributes && segment->attributes.certain)
      seconds[hs_emotion_find_likeliest (&segment->attributes)] += segment->end - segment->start;
    else
      uncertain += segment->end - segment->start;
  }
  for (AudioEmotion i = 0; i < AUDIO_N_EMOTIONS; i++)
    if (seconds[i] > 0)
      g_string_append_printf (text, "%s %.0f s, ", hs_emotion_get_name (i), seconds[i]);
  /* Translators: so many seconds without a verdict on the emotion. */
  g_string_append_printf (text, _ ("uncertain %.0f s"), uncertain);
  return g_strdup (text->str);
}

void
hs_emotion_band_set_hearing (HsEmotionBand *self, AppHearing *hearing)
{
  gboolean has_any = FALSE;

  g_clear_pointer (&self->hearing, app_hearing_unref);
  self->hearing = hearing != NULL ? app_hearing_ref (hearing) : NULL;
  for (guint i = 0; hearing != NULL && i < hearing->segments->len; i++)
    has_any |= app_hearing_get (hearing, i)->has_attributes;
  gtk_widget_set_visible (GTK_WIDGET (self), has_any);
  if (has_any) {
    g_autofree char *summary = summarise (hearing);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                    summary, -1);
  }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
draw_segment (GtkSnapshot *snapshot, const AppHearingSegment *segment, float x, float width,
              float height, const GdkRGBA *grey)
{
  AudioEmotion emotion = hs_emotion_find_likeliest (&segment->attributes);
  float part = segment->attributes.emotion[emotion] * height;
  GskColorStop stops[2];
  GdkRGBA color = *grey;

  gtk_snapshot_append_color (snapshot, grey, &GRAPHENE_RECT_INIT (x, 0, width, height));
  if (segment->attributes.certain)
    gdk_rgba_parse (&color, colors[emotion]);
  stops[0] = (GskColorStop){ .offset = 0, .color = color };
  stops[1] = (GskColorStop){ .offset = 1, .color = color };
  stops[0].color.alpha *= 0.3f;
  stops[1].color.alpha *= 0.7f;
  gtk_snapshot_append_linear_gradient (
      snapshot, &GRAPHENE_RECT_INIT (x, height - part, width, part),
      &GRAPHENE_POINT_INIT (x, height - part), &GRAPHENE_POINT_INIT (x, height), stops, 2);
}

static void
hs_emotion_band_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  HsEmotionBand *self = HS_EMOTION_BAND (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);
  GskRoundedRect shape;
  GdkRGBA grey;

  if (self->hearing == NULL || self->hearing->seconds <= 0)
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &grey);
  grey.alpha *= GREY_ALPHA;
  gsk_rounded_rect_init_from_rect (&shape, &GRAPHENE_RECT_INIT (0, 0, width, height), 6);
  gtk_snapshot_push_rounded_clip (snapshot, &shape);
  gtk_snapshot_append_color (snapshot, &grey, &shape.bounds);
  for (guint i = 0; i < self->hearing->segments->len; i++) {
    const AppHearingSegment *segment = app_hearing_get (self->hearing, i);
    float x = (float) (segment->start / self->hearing->seconds) * width;
    float end = (float) (segment->end / self->hearing->seconds) * width;
    if (segment->has_attributes)
      draw_segment (snapshot, segment, x, MAX (end - x, 1), height, &grey);
  }
  gtk_snapshot_pop (snapshot);
}

static void
hs_emotion_band_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 60 : HEIGHT;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : HEIGHT;
}

static gboolean
hs_emotion_band_query_tooltip (GtkWidget *widget, int x, int y, gboolean is_keyboard,
                               GtkTooltip *tooltip)
{
  HsEmotionBand *self = HS_EMOTION_BAND (widget);
  double seconds;

  if (self->hearing == NULL || is_keyboard)
    return FALSE;
  seconds = self->hearing->seconds * x / MAX (gtk_widget_get_width (widget), 1);
  for (guint i = 0; i < self->hearing->segments->len; i++) {
    const AppHearingSegment *segment = app_hearing_get (self->hearing, i);
    if (segment->has_attributes && segment->start <= seconds && seconds < segment->end) {
      g_autofree char *time = hs_time_format (segment->start);
      g_autofree char *emotion = hs_emotion_describe (&segment->attributes);
      g_autofree char *text = g_strdup_printf ("%s  %s", time, emotion);
      gtk_tooltip_set_text (tooltip, text);
      return TRUE;
    }
  }
  return FALSE;
}

static void
hs_emotion_band_finalize (GObject *object)
{
  g_clear_pointer (&HS_EMOTION_BAND (object)->hearing, app_hearing_unref);
  G_OBJECT_CLASS (hs_emotion_band_parent_class)->finalize (object);
}

static void
hs_emotion_band_class_init (HsEmotionBandClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = hs_emotion_band_finalize;
  widget_class->snapshot = hs_emotion_band_snapshot;
  widget_class->measure = hs_emotion_band_measure;
  widget_class->query_tooltip = hs_emotion_band_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "emotionband");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
hs_emotion_band_init (HsEmotionBand *self)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}
