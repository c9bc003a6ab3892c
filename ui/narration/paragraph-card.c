/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/narration/paragraph-card.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ui/base/text-area.h"
#include "ui/base/voice-name.h"
#include "ui/narration/sentence-row.h"

/* Of a text that is longer, only a part is laid out at a time. */
#define LONG_CHARACTERS 20000
#define LONG_HEIGHT 400
#define VOICES_HEIGHT 320
/* In which lines are laid out. */
#define LAYOUT_FRAMES 5

struct _HsParagraphCard {
  GtkBox parent_instance;
  GtkScrolledWindow *scrolled;
  GtkTextView *text;
  GtkWidget *placeholder;
  GtkMenuButton *voice;
  GtkToggleButton *sentences;
  GtkButton *play;
  GtkBox *list;
  GListModel *voices;
  char *name;   /* of the voice; NULL: the narrator's */
  char *manner; /* as it came */
  guint first_sentence, n_sentences, n_findings;
  guint split_id;
  gboolean is_filling;
};

enum { SIGNAL_CHANGED, SIGNAL_SPLIT, SIGNAL_LEAVE, SIGNAL_JOIN, SIGNAL_PLAY_FROM, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsParagraphCard, hs_paragraph_card, GTK_TYPE_BOX)

static GtkTextBuffer *
get_buffer (HsParagraphCard *self)
{
  return gtk_text_view_get_buffer (self->text);
}

/* (transfer full) */
static char *
get_text (HsParagraphCard *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (get_buffer (self), &start, &end);
  return gtk_text_buffer_get_text (get_buffer (self), &start, &end, FALSE);
}

gboolean
hs_paragraph_card_is_empty (HsParagraphCard *self)
{
  return gtk_text_buffer_get_char_count (get_buffer (self)) == 0;
}

AppParagraph *
hs_paragraph_card_get (HsParagraphCard *self)
{
  g_autofree char *text = g_strchomp (get_text (self));

  return app_paragraph_new (self->name, self->manner, text);
}

static void
show_voice (HsParagraphCard *self)
{
  g_autofree char *shown =
      self->name != NULL ? hs_voice_describe (self->name) : g_strdup (_ ("Narrator"));
  g_autofree char *label =
      self->manner != NULL ? g_strdup_printf ("%s · %s", shown, self->manner) : g_strdup (shown);
  g_autofree char *spoken = g_strdup_printf (_ ("Voice: %s"), label);
  GtkAccessible *inner;

  gtk_menu_button_set_label (self->voice, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->voice), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  spoken, -1);
  /* What has the focus is the button in it, which GTK names by what it shows. */
  inner = GTK_ACCESSIBLE (gtk_widget_get_first_child (GTK_WIDGET (self->voice)));
  gtk_accessible_reset_relation (inner, GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (inner, GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static void
changed (HsParagraphCard *self)
{
  hs_paragraph_card_clear_sentences (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* The voices. */

static void
voice_chosen_cb (GtkListBox *list, GtkListBoxRow *row, HsParagraphCard *self)
{
  int index = gtk_list_box_row_get_index (row);
  g_autoptr (GtkStringObject) voice =
      index > 0 ? g_list_model_get_item (self->voices, (guint) index - 1) : NULL;

  gtk_menu_button_popdown (self->voice);
  g_free (self->name);
  self->name = voice != NULL ? g_strdup (gtk_string_object_get_string (voice)) : NULL;
  g_clear_pointer (&self->manner, g_free);
  show_voice (self);
  changed (self);
}

static void
add_voice (GtkListBox *list, const char *text, gboolean is_chosen)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *label = gtk_label_new (text);
  GtkWidget *check = gtk_image_new_from_icon_name ("object-select-symbolic");

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_set_opacity (check, is_chosen ? 1 : 0);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), check);
  gtk_list_box_append (list, box);
  if (is_chosen)
    gtk_list_box_select_row (
        list, gtk_list_box_get_row_at_index (list, gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (
                                                       gtk_widget_get_parent (box)))));
}

/* When it is wanted: a long script has many paragraphs. */
static void
open_voices_cb (GtkMenuButton *button, gpointer user_data)
{
  HsParagraphCard *self = user_data;
  GtkWidget *popover = gtk_popover_new ();
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkListBox *list = GTK_LIST_BOX (gtk_list_box_new ());

  gtk_list_box_set_selection_mode (list, GTK_SELECTION_BROWSE);
  add_voice (list, _ ("Narrator"), self->name == NULL);
  for (guint i = 0; i < g_list_model_get_n_items (self->voices); i++) {
    g_autoptr (GtkStringObject) voice = g_list_model_get_item (self->voices, i);
    const char *name = gtk_string_object_get_string (voice);
    g_autofree char *shown = hs_voice_describe (name);
    add_voice (list, shown, g_strcmp0 (name, self->name) == 0);
  }
  g_signal_connect_object (list, "row-activated", G_CALLBACK (voice_chosen_cb), self, 0);
  gtk_widget_add_css_class (GTK_WIDGET (list), "menu-list");
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), VOICES_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (list));
  gtk_popover_set_child (GTK_POPOVER (popover), scrolled);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Voice of This Paragraph"), -1);
  gtk_menu_button_set_popover (button, popover);
}

/* The text. */

static gboolean
split_cb (gpointer user_data)
{
  HsParagraphCard *self = user_data;

  self->split_id = 0;
  g_signal_emit (self, signals[SIGNAL_SPLIT], 0);
  return G_SOURCE_REMOVE;
}

static void
text_changed_cb (HsParagraphCard *self)
{
  GtkTextBuffer *buffer = get_buffer (self);
  gboolean is_long = gtk_text_buffer_get_char_count (buffer) > LONG_CHARACTERS;
  g_autofree char *text = NULL;

  gtk_scrolled_window_set_policy (self->scrolled, GTK_POLICY_NEVER,
                                  is_long ? GTK_POLICY_AUTOMATIC : GTK_POLICY_NEVER);
  gtk_scrolled_window_set_min_content_height (self->scrolled, is_long ? LONG_HEIGHT : -1);
  if (self->is_filling)
    return;
  text = get_text (self);
  if (strstr (text, "\n\n") != NULL && self->split_id == 0)
    self->split_id = g_idle_add (split_cb, self);
  changed (self);
}

static gboolean
key_cb (HsParagraphCard *self, guint key, guint code, GdkModifierType modifiers)
{
  GtkTextBuffer *buffer = get_buffer (self);
  GtkTextIter cursor, moved;

  if ((modifiers & (GDK_SHIFT_MASK | GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  gtk_text_buffer_get_iter_at_mark (buffer, &cursor, gtk_text_buffer_get_insert (buffer));
  moved = cursor;
  if (key == GDK_KEY_BackSpace && gtk_text_iter_is_start (&cursor)
      && !gtk_text_buffer_get_has_selection (buffer)) {
    g_signal_emit (self, signals[SIGNAL_JOIN], 0);
    return GDK_EVENT_STOP;
  }
  if (key == GDK_KEY_Up && !gtk_text_view_backward_display_line (self->text, &moved)) {
    g_signal_emit (self, signals[SIGNAL_LEAVE], 0, -1);
    return GDK_EVENT_STOP;
  }
  if (key == GDK_KEY_Down
      && (!gtk_text_view_forward_display_line (self->text, &moved)
          || gtk_text_iter_get_line (&moved) == gtk_text_iter_get_line (&cursor))
      && gtk_text_iter_is_end (&moved)) {
    g_signal_emit (self, signals[SIGNAL_LEAVE], 0, 1);
    return GDK_EVENT_STOP;
  }
  return GDK_EVENT_PROPAGATE;
}

void
hs_paragraph_card_set_text (HsParagraphCard *self, const char *text)
{
  GtkTextBuffer *buffer = get_buffer (self);

  self->is_filling = TRUE;
  gtk_text_buffer_set_text (buffer, text, -1);
  self->is_filling = FALSE;
  hs_paragraph_card_clear_sentences (self);
}

void
hs_paragraph_card_set_place (HsParagraphCard *self, guint place, gboolean is_only)
{
  g_autofree char *text = g_strdup_printf (_ ("Paragraph %u"), place);
  g_autofree char *play = g_strdup_printf (_ ("Play from Paragraph %u"), place);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self->text), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                  -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->play), GTK_ACCESSIBLE_PROPERTY_LABEL, play,
                                  -1);
  gtk_widget_set_visible (self->placeholder, is_only && hs_paragraph_card_is_empty (self));
}

void
hs_paragraph_card_focus (HsParagraphCard *self, int offset)
{
  GtkTextBuffer *buffer = get_buffer (self);
  GtkTextIter place;

  if (offset < 0)
    offset = MAX (gtk_text_buffer_get_char_count (buffer) + offset + 1, 0);
  gtk_text_buffer_get_iter_at_offset (buffer, &place, offset);
  gtk_text_buffer_place_cursor (buffer, &place);
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
}

int
hs_paragraph_card_get_cursor (HsParagraphCard *self)
{
  GtkTextIter cursor;

  gtk_text_buffer_get_iter_at_mark (get_buffer (self), &cursor,
                                    gtk_text_buffer_get_insert (get_buffer (self)));
  return gtk_text_iter_get_offset (&cursor);
}

/* The sentences. */

static void
show_sentences (HsParagraphCard *self)
{
  g_autofree char *label = g_strdup_printf (
      ngettext ("%u sentence", "%u sentences", (gulong) self->n_sentences), self->n_sentences);
  gboolean is_open = gtk_toggle_button_get_active (self->sentences);

  gtk_button_set_label (GTK_BUTTON (self->sentences), label);
  gtk_widget_set_visible (GTK_WIDGET (self->sentences), self->n_sentences > 0);
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->list)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    gtk_widget_set_visible (row, is_open || g_object_get_data (G_OBJECT (row), "look") != NULL);
}

static void
toggled_cb (HsParagraphCard *self)
{
  show_sentences (self);
}

void
hs_paragraph_card_clear_sentences (HsParagraphCard *self)
{
  GtkTextIter start, end;
  GtkWidget *row;

  if (self->n_sentences == 0)
    return;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_box_remove (self->list, row);
  gtk_text_buffer_get_bounds (get_buffer (self), &start, &end);
  gtk_text_buffer_remove_all_tags (get_buffer (self), &start, &end);
  self->first_sentence = self->n_sentences = self->n_findings = 0;
  show_sentences (self);
}

/* bytes: into the text. */
static void
mark (HsParagraphCard *self, const char *text, gsize begin, gsize end, const char *tag)
{
  GtkTextIter from, to;

  gtk_text_buffer_get_iter_at_offset (get_buffer (self), &from,
                                      (int) g_utf8_pointer_to_offset (text, text + begin));
  gtk_text_buffer_get_iter_at_offset (get_buffer (self), &to,
                                      (int) g_utf8_pointer_to_offset (text, text + end));
  gtk_text_buffer_apply_tag_by_name (get_buffer (self), tag, &from, &to);
}

static void
mark_findings (HsParagraphCard *self, JsonObject *sentence, gsize begin, gsize end)
{
  g_autofree char *text = get_text (self);
  g_autoptr (AppLetters) letters = app_letters_new (text);
  JsonArray *missed = json_object_has_member (sentence, "missed")
                          ? json_object_get_array_member (sentence, "missed")
                          : NULL;
  gsize from = begin, word_begin, word_end;

  mark (self, text, begin, end, "finding");
  for (guint i = 0; missed != NULL && i < json_array_get_length (missed); i++) {
    const char *word = json_array_get_string_element (missed, i);
    if (word != NULL && app_letters_find (letters, word, &from, &word_begin, &word_end)
        && word_end <= end)
      mark (self, text, word_begin, word_end, "missed");
  }
}

void
hs_paragraph_card_add_sentence (HsParagraphCard *self, JsonObject *sentence, gsize begin, gsize end)
{
  GtkWidget *row = hs_sentence_row_new (sentence);

  if (self->n_sentences++ == 0)
    self->first_sentence = (guint) json_object_get_int_member (sentence, "number");
  if (hs_sentence_needs_a_look (sentence))
    g_object_set_data (G_OBJECT (row), "look", row);
  if (!json_object_get_boolean_member_with_default (sentence, "good", TRUE)) {
    self->n_findings++;
    if (end > begin)
      mark_findings (self, sentence, begin, end);
  }
  gtk_box_append (self->list, row);
  show_sentences (self);
}

guint
hs_paragraph_card_get_first_sentence (HsParagraphCard *self)
{
  return self->first_sentence;
}

guint
hs_paragraph_card_get_n_findings (HsParagraphCard *self)
{
  return self->n_findings;
}

static void
play_cb (HsParagraphCard *self)
{
  g_signal_emit (self, signals[SIGNAL_PLAY_FROM], 0);
}

static void
hs_paragraph_card_dispose (GObject *object)
{
  HsParagraphCard *self = HS_PARAGRAPH_CARD (object);

  g_clear_handle_id (&self->split_id, g_source_remove);
  g_clear_object (&self->voices);
  G_OBJECT_CLASS (hs_paragraph_card_parent_class)->dispose (object);
}

static void
hs_paragraph_card_finalize (GObject *object)
{
  HsParagraphCard *self = HS_PARAGRAPH_CARD (object);

  g_free (self->name);
  g_free (self->manner);
  G_OBJECT_CLASS (hs_paragraph_card_parent_class)->finalize (object);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name, HS_TYPE_PARAGRAPH_CARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, 0);
}

static void
hs_paragraph_card_class_init (HsParagraphCardClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_paragraph_card_dispose;
  G_OBJECT_CLASS (class)->finalize = hs_paragraph_card_finalize;
  signals[SIGNAL_CHANGED] = add_signal ("changed");
  signals[SIGNAL_SPLIT] = add_signal ("split");
  signals[SIGNAL_JOIN] = add_signal ("join");
  signals[SIGNAL_PLAY_FROM] = add_signal ("play-from");
  signals[SIGNAL_LEAVE] = g_signal_new ("leave", HS_TYPE_PARAGRAPH_CARD, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  g_type_ensure (HS_TYPE_TEXT_AREA);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/hearsay_app/Hearsay/ui/paragraph-card.ui");
  gtk_widget_class_bind_template_child (widget_class, HsParagraphCard, scrolled);
  gtk_widget_class_bind_template_child (widget_class, HsParagraphCard, text);
  gtk_widget_class_bind_template_child (widget_class, HsParagraphCard, placeholder);
  gtk_widget_class_bind_template_child (widget_class, HsParagraphCard, voice);
  gtk_widget_class_bind_template_child (widget_class, HsParagraphCard, sentences);
  gtk_widget_class_bind_template_child (widget_class, HsParagraphCard, play);
  gtk_widget_class_bind_template_child (widget_class, HsParagraphCard, list);
  gtk_widget_class_bind_template_callback (widget_class, play_cb);
  gtk_widget_class_bind_template_callback (widget_class, toggled_cb);
}

/* A text view knows the height of its lines only once it has a width and has laid them out, and
 * does not say so by itself if that was nothing. */
static gboolean
laid_out_cb (GtkWidget *text, GdkFrameClock *clock, gpointer user_data)
{
  guint *n_frames = user_data;

  gtk_widget_queue_resize (text);
  return ++*n_frames < LAYOUT_FRAMES ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
mapped_cb (GtkWidget *text)
{
  gtk_widget_add_tick_callback (text, laid_out_cb, g_new0 (guint, 1), g_free);
}

static void
hs_paragraph_card_init (HsParagraphCard *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  const GdkRGBA background = { 0.9f, 0.65f, 0.04f, 0.16f };
  const GdkRGBA underline = { 0.88f, 0.11f, 0.14f, 1 };

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self->text, "map", G_CALLBACK (mapped_cb), NULL);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->text), keys);
  gtk_text_buffer_create_tag (get_buffer (self), "finding", "background-rgba", &background, NULL);
  gtk_text_buffer_create_tag (get_buffer (self), "missed", "underline", PANGO_UNDERLINE_ERROR,
                              "underline-rgba", &underline, "weight", PANGO_WEIGHT_BOLD, NULL);
  g_signal_connect_object (get_buffer (self), "changed", G_CALLBACK (text_changed_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_menu_button_set_create_popup_func (self->voice, open_voices_cb, self, NULL);
}

HsParagraphCard *
hs_paragraph_card_new (const AppParagraph *paragraph, GListModel *voices)
{
  HsParagraphCard *self = g_object_new (HS_TYPE_PARAGRAPH_CARD, NULL);

  self->voices = g_object_ref (voices);
  self->name = g_strdup (paragraph->voice);
  self->manner = g_strdup (paragraph->manner);
  hs_paragraph_card_set_text (self, paragraph->text);
  show_voice (self);
  return self;
}
