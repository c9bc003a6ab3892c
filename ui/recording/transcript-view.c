/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/recording/transcript-view.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

#include "ui/base/stage.h"
#include "ui/base/text-direction.h"
#include "ui/recording/hearing-text.h"
#include "ui/recording/linked-words.h"

#define N_COLORS 8
#define MAX_HEIGHT 320
#define SPACING 3
/* Of a row, as ui/style.css has it. */
#define PADDING 6
/* Of what stands above the words, until it is known. */
#define HEAD_HEIGHT 30
#define LEAST_WIDTH 200

struct _HsTranscriptView {
  GtkWidget parent_instance;
  GtkWidget *scrolled;
  GtkWidget *list;
  GtkSingleSelection *selection;
  AppHearing *hearing;
  int head_height; /* of a row */
};

enum { SIGNAL_SEEK, SIGNAL_RENAME, SIGNAL_CORRECT, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsTranscriptView, hs_transcript_view, GTK_TYPE_WIDGET)

static gboolean
link_cb (HsTranscriptView *self, const char *link)
{
  g_signal_emit (self, signals[SIGNAL_SEEK], 0, g_ascii_strtod (link, NULL));
  return TRUE;
}

/* (transfer full): the words, each a link to its time. */
static char *
make_markup (const AppHearingSegment *segment)
{
  g_autoptr (GString) markup = g_string_new (NULL);
  char start[G_ASCII_DTOSTR_BUF_SIZE];

  for (int i = 0; i < segment->n_words; i++) {
    g_autofree char *word = g_markup_escape_text (segment->words[i].text, -1);
    const char *text = word;
    g_ascii_formatd (start, sizeof start, "%.3f", segment->words[i].start);
    while (*text == ' ') {
      if (markup->len > 0)
        g_string_append_c (markup, ' ');
      text++;
    }
    g_string_append_printf (markup, "<a href=\"%s\">%s</a>", start, text);
  }
  if (segment->n_words == 0) {
    g_autofree char *text = g_markup_escape_text (segment->text, -1);
    g_string_append (markup, text);
  }
  return g_strdup (markup->str);
}

static void
setup_cb (HsTranscriptView *self, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, SPACING);
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *speaker = gtk_menu_button_new ();
  GtkWidget *time = gtk_label_new (NULL);
  GtkWidget *manner = gtk_label_new (NULL);
  GtkWidget *words = hs_linked_words_new ();
  GtkWidget *correct = gtk_menu_button_new ();

  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (correct), "document-edit-symbolic");
  gtk_widget_set_tooltip_text (correct, _ ("Correct the text"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (correct), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Correct the text"), -1);
  gtk_widget_add_css_class (correct, "flat");
  gtk_widget_add_css_class (correct, "small");
  gtk_widget_add_css_class (correct, "correct");
  gtk_widget_set_hexpand (manner, TRUE);
  gtk_label_set_xalign (GTK_LABEL (manner), 0);
  gtk_widget_set_valign (speaker, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (speaker, "speaker");
  gtk_widget_add_css_class (speaker, "flat");
  gtk_widget_set_tooltip_text (speaker, _ ("Name this voice"));
  gtk_widget_add_css_class (time, "caption");
  gtk_widget_add_css_class (time, "numeric");
  gtk_widget_add_css_class (time, "dim-label");
  gtk_widget_add_css_class (manner, "caption");
  gtk_widget_add_css_class (manner, "dim-label");
  gtk_label_set_ellipsize (GTK_LABEL (manner), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (words, "words");
  g_signal_connect_object (hs_linked_words_get_label (HS_LINKED_WORDS (words)), "activate-link",
                           G_CALLBACK (link_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (head), speaker);
  gtk_box_append (GTK_BOX (head), time);
  gtk_box_append (GTK_BOX (head), manner);
  gtk_box_append (GTK_BOX (head), correct);
  gtk_box_append (GTK_BOX (box), head);
  gtk_box_append (GTK_BOX (box), words);
  gtk_widget_add_css_class (box, "segment");
  gtk_list_item_set_child (item, box);
  gtk_list_item_set_activatable (item, TRUE);
}

static void
renamed_cb (GtkEntry *entry, HsTranscriptView *self)
{
  GtkWidget *popover = gtk_widget_get_ancestor (GTK_WIDGET (entry), GTK_TYPE_POPOVER);
  const char *speaker = g_object_get_data (G_OBJECT (entry), "speaker");
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));

  gtk_popover_popdown (GTK_POPOVER (popover));
  if (name[0] != '\0' && !g_str_equal (name, speaker))
    g_signal_emit (self, signals[SIGNAL_RENAME], 0, speaker, name);
}

static void
open_rename_cb (GtkMenuButton *button, gpointer user_data)
{
  HsTranscriptView *self = user_data;
  const char *speaker = g_object_get_data (G_OBJECT (button), "speaker");
  GtkWidget *popover = gtk_popover_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *label = gtk_label_new (_ ("A name that another voice has joins the two."));
  GtkWidget *entry = gtk_entry_new ();

  gtk_editable_set_text (GTK_EDITABLE (entry), speaker);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Name of the voice"), -1);
  g_object_set_data_full (G_OBJECT (entry), "speaker", g_strdup (speaker), g_free);
  g_signal_connect_object (entry, "activate", G_CALLBACK (renamed_cb), self, 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 28);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "caption");
  gtk_box_append (GTK_BOX (box), entry);
  gtk_box_append (GTK_BOX (box), label);
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  gtk_menu_button_set_popover (button, popover);
}

/* Of the popover in which a segment is corrected. */
typedef struct {
  HsTranscriptView *view;
  guint segment;
  GtkTextBuffer *buffer;
} Correction;

static void
free_correction (gpointer data, GClosure *closure)
{
  g_object_unref (((Correction *) data)->buffer);
  g_free (data);
}

static void
correct_cb (GtkWidget *button, Correction *correction)
{
  GtkWidget *popover = gtk_widget_get_ancestor (button, GTK_TYPE_POPOVER);
  GtkTextIter start, end;
  g_autofree char *text = NULL;

  gtk_text_buffer_get_bounds (correction->buffer, &start, &end);
  text = g_strstrip (gtk_text_buffer_get_text (correction->buffer, &start, &end, FALSE));
  gtk_popover_popdown (GTK_POPOVER (popover));
  if (text[0] != '\0'
      && !g_str_equal (text,
                       app_hearing_get (correction->view->hearing, correction->segment)->text))
    g_signal_emit (correction->view, signals[SIGNAL_CORRECT], 0, correction->segment, text);
}

static void
open_correction_cb (GtkMenuButton *button, gpointer user_data)
{
  HsTranscriptView *self = user_data;
  guint segment = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "segment"));
  GtkWidget *popover = gtk_popover_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *view = gtk_text_view_new ();
  GtkWidget *save = gtk_button_new_with_mnemonic (_ ("_Save"));
  Correction *correction = g_new0 (Correction, 1);

  correction->view = self;
  correction->segment = segment;
  correction->buffer = g_object_ref (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)));
  gtk_text_buffer_set_text (correction->buffer, app_hearing_get (self->hearing, segment)->text, -1);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (view), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Text of the segment"), -1);
  gtk_widget_add_css_class (view, "correction");
  gtk_widget_set_size_request (scrolled, 280, 96);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_widget_set_halign (save, GTK_ALIGN_END);
  gtk_widget_add_css_class (save, "suggested-action");
  g_signal_connect_data (save, "clicked", G_CALLBACK (correct_cb), correction, free_correction, 0);
  gtk_box_append (GTK_BOX (box), scrolled);
  gtk_box_append (GTK_BOX (box), save);
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  gtk_menu_button_set_popover (button, popover);
}

static void
bind_speaker (HsTranscriptView *self, GtkMenuButton *button, const AppHearingSegment *segment)
{
  const AppHearingSpeaker *speaker = app_hearing_get_speaker (self->hearing, segment);

  gtk_widget_set_visible (GTK_WIDGET (button), speaker != NULL);
  for (int i = 0; i < N_COLORS; i++) {
    g_autofree char *class = g_strdup_printf ("speaker-%d", i);
    gtk_widget_remove_css_class (GTK_WIDGET (button), class);
    if (speaker != NULL && i == segment->speaker % N_COLORS)
      gtk_widget_add_css_class (GTK_WIDGET (button), class);
  }
  if (speaker == NULL)
    return;
  gtk_menu_button_set_label (button, speaker->name);
  g_object_set_data_full (G_OBJECT (button), "speaker", g_strdup (speaker->name), g_free);
  gtk_menu_button_set_create_popup_func (button, open_rename_cb, self, NULL);
}

/* With icons and fonts as they are here. */
static void
learn_head_height (HsTranscriptView *self, GtkWidget *head)
{
  int natural;

  gtk_widget_measure (head, GTK_ORIENTATION_VERTICAL, -1, NULL, &natural, NULL, NULL);
  if (natural > 0 && natural != self->head_height) {
    self->head_height = natural;
    gtk_widget_queue_resize (GTK_WIDGET (self));
  }
}

static void
bind_cb (HsTranscriptView *self, GtkListItem *item)
{
  GtkWidget *box = gtk_list_item_get_child (item);
  GtkWidget *head = gtk_widget_get_first_child (box);
  GtkWidget *speaker = gtk_widget_get_first_child (head);
  GtkWidget *time = gtk_widget_get_next_sibling (speaker);
  GtkWidget *manner = gtk_widget_get_next_sibling (time);
  GtkWidget *correct = gtk_widget_get_next_sibling (manner);
  GtkWidget *words = gtk_widget_get_next_sibling (head);
  const AppHearingSegment *segment =
      app_hearing_get (self->hearing, gtk_list_item_get_position (item));
  g_autofree char *start = hs_time_format (segment->start);
  g_autofree char *markup = make_markup (segment);
  g_autofree char *emotion =
      segment->has_attributes ? hs_emotion_describe (&segment->attributes) : g_strdup ("");

  bind_speaker (self, GTK_MENU_BUTTON (speaker), segment);
  g_object_set_data (G_OBJECT (correct), "segment",
                     GUINT_TO_POINTER (gtk_list_item_get_position (item)));
  gtk_menu_button_set_create_popup_func (GTK_MENU_BUTTON (correct), open_correction_cb, self, NULL);
  gtk_label_set_label (GTK_LABEL (time), start);
  gtk_label_set_label (GTK_LABEL (manner), emotion);
  gtk_label_set_markup (hs_linked_words_get_label (HS_LINKED_WORDS (words)), markup);
  hs_text_direct (words);
  learn_head_height (self, head);
}

static void
activated_cb (HsTranscriptView *self, guint position)
{
  g_signal_emit (self, signals[SIGNAL_SEEK], 0, app_hearing_get (self->hearing, position)->start);
}

/* A list does not know how high its rows will be when they are wrapped: the first ones, which fill
 * what it may have at most, are laid out for that. */
static int
measure_height (HsTranscriptView *self, int width)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (self->list, NULL);
  int height = 0;

  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_width (layout, MAX (width - 2 * PADDING, 1) * PANGO_SCALE);
  for (guint i = 0; self->hearing != NULL && i < self->hearing->segments->len; i++) {
    int n_pixels;
    pango_layout_set_text (layout, app_hearing_get (self->hearing, i)->text, -1);
    pango_layout_get_pixel_size (layout, NULL, &n_pixels);
    height += 2 * PADDING + self->head_height + SPACING + n_pixels;
    if (height >= MAX_HEIGHT)
      return MAX_HEIGHT;
  }
  return height;
}

static void
hs_transcript_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                            int *minimum, int *natural, int *minimum_baseline,
                            int *natural_baseline)
{
  HsTranscriptView *self = HS_TRANSCRIPT_VIEW (widget);

  gtk_widget_measure (self->scrolled, orientation, for_size, minimum, natural, NULL, NULL);
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural =
        MAX (*minimum, measure_height (self, for_size > 0 ? for_size : LEAST_WIDTH));
}

static void
hs_transcript_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_size_allocate (HS_TRANSCRIPT_VIEW (widget)->scrolled,
                            &(GtkAllocation){ 0, 0, width, height }, baseline);
}

static GtkSizeRequestMode
hs_transcript_view_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

void
hs_transcript_view_set_hearing (HsTranscriptView *self, AppHearing *hearing)
{
  g_autoptr (GtkStringList) lines = NULL;
  g_auto (GStrv) texts = NULL;

  gtk_single_selection_set_model (self->selection, NULL);
  g_clear_pointer (&self->hearing, app_hearing_unref);
  if (hearing == NULL)
    return;
  self->hearing = app_hearing_ref (hearing);
  texts = g_new0 (char *, hearing->segments->len + 1);
  for (guint i = 0; i < hearing->segments->len; i++)
    texts[i] = g_strdup ("");
  lines = gtk_string_list_new ((const char *const *) texts);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (lines));
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
hs_transcript_view_scroll_to (HsTranscriptView *self, guint segment)
{
  gtk_widget_activate_action (self->list, "list.scroll-to-item", "u", segment);
}

void
hs_transcript_view_follow (HsTranscriptView *self, double seconds)
{
  guint found = GTK_INVALID_LIST_POSITION;

  for (guint i = 0; self->hearing != NULL && i < self->hearing->segments->len; i++)
    if (app_hearing_get (self->hearing, i)->start <= seconds + 0.05)
      found = i;
  if (found == gtk_single_selection_get_selected (self->selection))
    return;
  gtk_single_selection_set_selected (self->selection, found);
  if (found != GTK_INVALID_LIST_POSITION)
    hs_transcript_view_scroll_to (self, found);
}

static void
hs_transcript_view_dispose (GObject *object)
{
  HsTranscriptView *self = HS_TRANSCRIPT_VIEW (object);

  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  g_clear_object (&self->selection);
  g_clear_pointer (&self->hearing, app_hearing_unref);
  G_OBJECT_CLASS (hs_transcript_view_parent_class)->dispose (object);
}

static void
hs_transcript_view_class_init (HsTranscriptViewClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_transcript_view_dispose;
  signals[SIGNAL_SEEK] = g_signal_new ("seek", HS_TYPE_TRANSCRIPT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  signals[SIGNAL_CORRECT] =
      g_signal_new ("correct", HS_TYPE_TRANSCRIPT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_STRING);
  signals[SIGNAL_RENAME] =
      g_signal_new ("rename", HS_TYPE_TRANSCRIPT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  widget_class->measure = hs_transcript_view_measure;
  widget_class->size_allocate = hs_transcript_view_size_allocate;
  widget_class->get_request_mode = hs_transcript_view_get_request_mode;
}

static void
hs_transcript_view_init (HsTranscriptView *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  self->head_height = HEAD_HEIGHT;
  self->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  g_signal_connect_swapped (factory, "setup", G_CALLBACK (setup_cb), self);
  g_signal_connect_swapped (factory, "bind", G_CALLBACK (bind_cb), self);
  self->list = gtk_list_view_new (g_object_ref (GTK_SELECTION_MODEL (self->selection)),
                                  g_object_ref (factory));
  gtk_list_view_set_single_click_activate (GTK_LIST_VIEW (self->list), FALSE);
  gtk_widget_add_css_class (self->list, "transcript");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Transcript"), -1);
  g_signal_connect_swapped (self->list, "activate", G_CALLBACK (activated_cb), self);
  self->scrolled = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), self->list);
  gtk_widget_set_parent (self->scrolled, GTK_WIDGET (self));
}
