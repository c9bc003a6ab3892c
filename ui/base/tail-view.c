/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/tail-view.h"

/* Nearer to the end than this, the view stays there. */
#define NEAR_END 48
/* Above a row that was scrolled to. */
#define ABOVE 24
/* Of a page that one step of the wheel or of a key scrolls. */
#define STEP 0.1

struct _HsTailView {
  GtkWidget parent_instance;
  GtkWidget *child;
  GtkWidget *rows;
  GtkWidget *anchor; /* weak: the row that keeps its place */
  double anchor_top; /* its distance from the top of the view */
  gboolean is_at_end;
  gboolean is_moving; /* the adjustment is set by the view itself */
  GtkAdjustment *adjustments[2];
  GtkScrollablePolicy policies[2];
  gulong focus_id;
};

enum { PROP_0, PROP_HADJUSTMENT, PROP_VADJUSTMENT, PROP_HSCROLL_POLICY, PROP_VSCROLL_POLICY };

G_DEFINE_FINAL_TYPE_WITH_CODE (HsTailView, hs_tail_view, GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_SCROLLABLE, NULL))

static GtkAdjustment *
get_vertical (HsTailView *self)
{
  return self->adjustments[GTK_ORIENTATION_VERTICAL];
}

/* Where a row is, from the top of the child. */
static double
get_top (HsTailView *self, GtkWidget *row)
{
  double x, y = 0;

  gtk_widget_translate_coordinates (row, self->child, 0, 0, &x, &y);
  return y;
}

/* The row at the top of the view keeps its place from now on. */
static void
choose_anchor (HsTailView *self)
{
  double value = gtk_adjustment_get_value (get_vertical (self));
  GtkWidget *row = self->rows != NULL ? gtk_widget_get_first_child (self->rows) : NULL;

  while (row != NULL && get_top (self, row) + gtk_widget_get_height (row) <= value)
    row = gtk_widget_get_next_sibling (row);
  g_set_weak_pointer (&self->anchor, row);
  if (row != NULL)
    self->anchor_top = get_top (self, row) - value;
}

static void
scrolled_cb (HsTailView *self)
{
  GtkAdjustment *vertical = get_vertical (self);

  if (self->is_moving || self->child == NULL)
    return;
  self->is_at_end =
      gtk_adjustment_get_value (vertical) + NEAR_END
      >= gtk_adjustment_get_upper (vertical) - gtk_adjustment_get_page_size (vertical);
  choose_anchor (self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static void
set_adjustment (HsTailView *self, GtkOrientation orientation, GtkAdjustment *adjustment)
{
  GtkAdjustment **place = &self->adjustments[orientation];

  if (*place != NULL)
    g_signal_handlers_disconnect_by_func (*place, scrolled_cb, self);
  g_clear_object (place);
  *place =
      g_object_ref_sink (adjustment != NULL ? adjustment : gtk_adjustment_new (0, 0, 0, 0, 0, 0));
  if (orientation == GTK_ORIENTATION_VERTICAL)
    g_signal_connect_swapped (*place, "value-changed", G_CALLBACK (scrolled_cb), self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static void
place_child (HsTailView *self, int width, int height, double value)
{
  gtk_widget_size_allocate (self->child, &(GtkAllocation){ 0, -(int) value, width, height }, -1);
}

static void
hs_tail_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  HsTailView *self = HS_TAIL_VIEW (widget);
  double value = gtk_adjustment_get_value (get_vertical (self));
  int natural = 0, minimum_width = 0;
  double last;

  if (self->child == NULL)
    return;
  gtk_widget_measure (self->child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum_width, NULL, NULL,
                      NULL);
  gtk_widget_measure (self->child, GTK_ORIENTATION_VERTICAL, MAX (width, minimum_width), NULL,
                      &natural, NULL, NULL);
  natural = MAX (natural, height);
  last = natural - height;
  value = self->is_at_end ? last : CLAMP (value, 0, last);
  place_child (self, MAX (width, minimum_width), natural, value);
  if (!self->is_at_end && self->anchor != NULL) {
    double wanted = CLAMP (get_top (self, self->anchor) - self->anchor_top, 0, last);
    if ((int) wanted != (int) value)
      place_child (self, MAX (width, minimum_width), natural, wanted);
    value = wanted;
  }
  self->is_moving = TRUE;
  gtk_adjustment_configure (get_vertical (self), value, 0, natural, height * STEP, height * 0.9,
                            height);
  gtk_adjustment_configure (self->adjustments[GTK_ORIENTATION_HORIZONTAL], 0, 0, width, 0, 0,
                            width);
  self->is_moving = FALSE;
}

static void
hs_tail_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                      int *natural, int *minimum_baseline, int *natural_baseline)
{
  HsTailView *self = HS_TAIL_VIEW (widget);

  if (self->child != NULL)
    gtk_widget_measure (self->child, orientation, for_size, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = 0;
}

static GtkSizeRequestMode
hs_tail_view_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

void
hs_tail_view_reveal (HsTailView *self, GtkWidget *widget)
{
  graphene_rect_t bounds;

  if (self->child == NULL || !gtk_widget_is_ancestor (widget, self->child)
      || !gtk_widget_compute_bounds (widget, self->child, &bounds) || bounds.size.height <= 0)
    return;
  gtk_adjustment_clamp_page (get_vertical (self), bounds.origin.y,
                             bounds.origin.y + bounds.size.height);
}

/* Whatever gets the focus comes into view. */
static void
focus_cb (HsTailView *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (focus != NULL)
    hs_tail_view_reveal (self, focus);
}

static void
hs_tail_view_root (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (hs_tail_view_parent_class)->root (widget);
  HS_TAIL_VIEW (widget)->focus_id = g_signal_connect_swapped (
      gtk_widget_get_root (widget), "notify::focus-widget", G_CALLBACK (focus_cb), widget);
}

static void
hs_tail_view_unroot (GtkWidget *widget)
{
  g_clear_signal_handler (&HS_TAIL_VIEW (widget)->focus_id, gtk_widget_get_root (widget));
  GTK_WIDGET_CLASS (hs_tail_view_parent_class)->unroot (widget);
}

void
hs_tail_view_set_child (HsTailView *self, GtkWidget *child)
{
  g_clear_pointer (&self->child, gtk_widget_unparent);
  self->child = child;
  gtk_widget_set_parent (child, GTK_WIDGET (self));
}

void
hs_tail_view_set_rows (HsTailView *self, GtkWidget *rows)
{
  g_clear_weak_pointer (&self->anchor);
  self->rows = rows;
}

void
hs_tail_view_scroll_to_end (HsTailView *self)
{
  self->is_at_end = TRUE;
  g_clear_weak_pointer (&self->anchor);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

void
hs_tail_view_scroll_to (HsTailView *self, GtkWidget *row)
{
  self->is_at_end = FALSE;
  g_set_weak_pointer (&self->anchor, row);
  self->anchor_top = ABOVE;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static void
hs_tail_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  HsTailView *self = HS_TAIL_VIEW (object);

  switch (id) {
  case PROP_HADJUSTMENT:
    set_adjustment (self, GTK_ORIENTATION_HORIZONTAL, g_value_get_object (value));
    break;
  case PROP_VADJUSTMENT:
    set_adjustment (self, GTK_ORIENTATION_VERTICAL, g_value_get_object (value));
    break;
  case PROP_HSCROLL_POLICY:
    self->policies[GTK_ORIENTATION_HORIZONTAL] = (GtkScrollablePolicy) g_value_get_enum (value);
    break;
  case PROP_VSCROLL_POLICY:
    self->policies[GTK_ORIENTATION_VERTICAL] = (GtkScrollablePolicy) g_value_get_enum (value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
}

static void
hs_tail_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  HsTailView *self = HS_TAIL_VIEW (object);

  switch (id) {
  case PROP_HADJUSTMENT:
    g_value_set_object (value, self->adjustments[GTK_ORIENTATION_HORIZONTAL]);
    break;
  case PROP_VADJUSTMENT:
    g_value_set_object (value, get_vertical (self));
    break;
  case PROP_HSCROLL_POLICY:
    g_value_set_enum (value, self->policies[GTK_ORIENTATION_HORIZONTAL]);
    break;
  case PROP_VSCROLL_POLICY:
    g_value_set_enum (value, self->policies[GTK_ORIENTATION_VERTICAL]);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
}

static void
hs_tail_view_dispose (GObject *object)
{
  HsTailView *self = HS_TAIL_VIEW (object);

  g_clear_weak_pointer (&self->anchor);
  self->rows = NULL;
  g_clear_pointer (&self->child, gtk_widget_unparent);
  for (int i = 0; i < 2; i++) {
    if (self->adjustments[i] != NULL)
      g_signal_handlers_disconnect_by_func (self->adjustments[i], scrolled_cb, self);
    g_clear_object (&self->adjustments[i]);
  }
  G_OBJECT_CLASS (hs_tail_view_parent_class)->dispose (object);
}

static void
hs_tail_view_class_init (HsTailViewClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  object_class->set_property = hs_tail_view_set_property;
  object_class->get_property = hs_tail_view_get_property;
  object_class->dispose = hs_tail_view_dispose;
  widget_class->size_allocate = hs_tail_view_size_allocate;
  widget_class->measure = hs_tail_view_measure;
  widget_class->get_request_mode = hs_tail_view_get_request_mode;
  widget_class->root = hs_tail_view_root;
  widget_class->unroot = hs_tail_view_unroot;
  g_object_class_override_property (object_class, PROP_HADJUSTMENT, "hadjustment");
  g_object_class_override_property (object_class, PROP_VADJUSTMENT, "vadjustment");
  g_object_class_override_property (object_class, PROP_HSCROLL_POLICY, "hscroll-policy");
  g_object_class_override_property (object_class, PROP_VSCROLL_POLICY, "vscroll-policy");
}

static void
hs_tail_view_init (HsTailView *self)
{
  self->is_at_end = TRUE;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  set_adjustment (self, GTK_ORIENTATION_HORIZONTAL, NULL);
  set_adjustment (self, GTK_ORIENTATION_VERTICAL, NULL);
}
