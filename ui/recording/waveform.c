/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/recording/waveform.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/base/stage.h"

#define BAR 3
#define GAP 2
#define MIN_BAR 3
#define HEIGHT 48
/* Speech is mostly below this; louder peaks fill the height. */
#define FULL 0.8f

struct _HsWaveform {
  GtkWidget parent_instance;
  GArray *peaks; /* of float */
  double seconds;
  double position;
  double start, end; /* the range */
  gboolean is_live;
};

enum { SIGNAL_SEEK, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsWaveform, hs_waveform, GTK_TYPE_WIDGET)

static void
tell_value (HsWaveform *self)
{
  g_autofree char *position = hs_time_format (self->position);
  g_autofree char *seconds = hs_time_format (self->seconds);
  /* Translators: the place that is played, and the length of the recording. */
  g_autofree char *text = g_strdup_printf (_ ("%s of %s"), position, seconds);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, self->seconds,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, self->position,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
  /* GTK 4.8 tells AT-SPI values of its own widgets only, but descriptions of all. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
}

void
hs_waveform_push (HsWaveform *self, float peak)
{
  guint n_max = (guint) MAX (gtk_widget_get_width (GTK_WIDGET (self)) / (BAR + GAP), 1);

  self->is_live = TRUE;
  g_array_append_val (self->peaks, peak);
  if (self->peaks->len > n_max)
    g_array_remove_range (self->peaks, 0, self->peaks->len - n_max);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
hs_waveform_clear (HsWaveform *self)
{
  g_array_set_size (self->peaks, 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
hs_waveform_set_peaks (HsWaveform *self, const float *peaks, guint n_peaks, double seconds)
{
  g_array_set_size (self->peaks, 0);
  if (peaks != NULL)
    g_array_append_vals (self->peaks, peaks, n_peaks);
  self->seconds = seconds;
  tell_value (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
hs_waveform_set_position (HsWaveform *self, double seconds)
{
  if (floor (seconds) != floor (self->position)) {
    self->position = seconds;
    tell_value (self);
  }
  self->position = seconds;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
hs_waveform_set_range (HsWaveform *self, double start, double end)
{
  self->start = start;
  self->end = end;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* The loudest of what bar `bar` of n_bars stands for. */
static float
get_bar (HsWaveform *self, guint bar, guint n_bars)
{
  guint64 n = self->peaks->len;
  guint first = (guint) (bar * n / n_bars);
  guint last = MAX ((guint) ((bar + 1) * n / n_bars), first + 1);
  float peak = 0;

  for (guint i = first; i < MIN (last, n); i++)
    peak = MAX (peak, g_array_index (self->peaks, float, i));
  return MIN (peak / FULL, 1.0f);
}

static void
draw_bar (GtkSnapshot *snapshot, float x, float height, float room, const GdkRGBA *color)
{
  GskRoundedRect shape;

  gsk_rounded_rect_init_from_rect (
      &shape, &GRAPHENE_RECT_INIT (x, (room - height) / 2, BAR, height), BAR / 2.0f);
  gtk_snapshot_push_rounded_clip (snapshot, &shape);
  gtk_snapshot_append_color (snapshot, color, &shape.bounds);
  gtk_snapshot_pop (snapshot);
}

static void
draw_range (HsWaveform *self, GtkSnapshot *snapshot, const GdkRGBA *accent, float width,
            float height)
{
  GdkRGBA shade = *accent;
  float start = (float) (self->start / self->seconds) * width;
  float end = (float) (self->end / self->seconds) * width;

  if (self->end <= self->start)
    return;
  shade.alpha = 0.15f;
  gtk_snapshot_append_color (snapshot, &shade,
                             &GRAPHENE_RECT_INIT (start, 0, MAX (end - start, 2), height));
}

static void
hs_waveform_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  HsWaveform *self = HS_WAVEFORM (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);
  guint n_bars = (guint) MAX (width / (BAR + GAP), 1);
  guint n_live = self->is_live ? MIN (self->peaks->len, n_bars) : n_bars;
  GdkRGBA color, accent;

  gtk_style_context_get_color (style, &color);
  if (!gtk_style_context_lookup_color (style, "accent_color", &accent))
    accent = color;
  color.alpha *= 0.35f;
  if (self->seconds > 0)
    draw_range (self, snapshot, &accent, width, height);
  for (guint i = 0; i < n_live; i++) {
    float bar = self->peaks->len == 0 ? 0
                : self->is_live       ? get_bar (self, i, n_live)
                                      : get_bar (self, i, n_bars);
    guint place = self->is_live ? n_bars - n_live + i : i;
    float x = (float) (place * (BAR + GAP));
    gboolean is_played =
        self->is_live || (self->seconds > 0 && x / width < self->position / self->seconds);
    draw_bar (snapshot, x, MAX (bar * height, MIN_BAR), height, is_played ? &accent : &color);
  }
}

static void
hs_waveform_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                     int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 60 : HEIGHT / 2;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : HEIGHT;
}

static void
seek (HsWaveform *self, double seconds)
{
  if (self->is_live || self->seconds <= 0)
    return;
  seconds = CLAMP (seconds, 0, self->seconds);
  hs_waveform_set_position (self, seconds);
  g_signal_emit (self, signals[SIGNAL_SEEK], 0, seconds);
}

static void
seek_to_x (HsWaveform *self, double x)
{
  seek (self, x / MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1) * self->seconds);
}

static void
drag_begin_cb (HsWaveform *self, double x, double y)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  seek_to_x (self, x);
}

static void
drag_update_cb (HsWaveform *self, double dx, double dy, GtkGestureDrag *gesture)
{
  double x = 0, y = 0;

  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  seek_to_x (self, x + dx);
}

static gboolean
key_pressed_cb (HsWaveform *self, guint key, guint code, GdkModifierType modifiers)
{
  static const struct {
    guint key;
    double step;
  } steps[] = { { GDK_KEY_Left, -5 },       { GDK_KEY_Right, 5 },   { GDK_KEY_Page_Up, 30 },
                { GDK_KEY_Page_Down, -30 }, { GDK_KEY_Home, -1e9 }, { GDK_KEY_End, 1e9 } };

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    if (steps[i].key == key && !self->is_live) {
      seek (self, self->position + steps[i].step);
      return GDK_EVENT_STOP;
    }
  return GDK_EVENT_PROPAGATE;
}

static void
hs_waveform_finalize (GObject *object)
{
  g_array_unref (HS_WAVEFORM (object)->peaks);
  G_OBJECT_CLASS (hs_waveform_parent_class)->finalize (object);
}

static void
hs_waveform_class_init (HsWaveformClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = hs_waveform_finalize;
  widget_class->snapshot = hs_waveform_snapshot;
  widget_class->measure = hs_waveform_measure;
  signals[SIGNAL_SEEK] = g_signal_new ("seek", HS_TYPE_WAVEFORM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  gtk_widget_class_set_css_name (widget_class, "waveform");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
hs_waveform_init (HsWaveform *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->peaks = g_array_new (FALSE, FALSE, sizeof (float));
  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}
