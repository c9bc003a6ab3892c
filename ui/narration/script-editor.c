/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/narration/script-editor.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ui/base/slices.h"
#include "ui/narration/paragraph-card.h"

#define MAX_CARDS 200

struct _HsScriptEditor {
  GtkBox parent_instance;
  GtkBox *cards;
  GtkStringList *voices;
  guint finding;      /* the place of the card that was found last, from 1 */
  GQueue rest;        /* of AppParagraph: those at the end that have no card yet */
  JsonObject *report; /* NULL, or to be shown when all have */
};

enum { SIGNAL_CHANGED, SIGNAL_PLAY_FROM, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsScriptEditor, hs_script_editor, GTK_TYPE_BOX)

static GtkWidget *
get_first (HsScriptEditor *self)
{
  return gtk_widget_get_first_child (GTK_WIDGET (self->cards));
}

/* (transfer none) (nullable): from 0. */
static HsParagraphCard *
get_card (HsScriptEditor *self, guint place)
{
  GtkWidget *card = get_first (self);

  while (card != NULL && place-- > 0)
    card = gtk_widget_get_next_sibling (card);
  return card != NULL ? HS_PARAGRAPH_CARD (card) : NULL;
}

static guint
get_place (HsScriptEditor *self, HsParagraphCard *wanted)
{
  guint place = 0;

  for (GtkWidget *card = get_first (self); card != NULL && card != GTK_WIDGET (wanted);
       card = gtk_widget_get_next_sibling (card))
    place++;
  return place;
}

static guint
count_cards (HsScriptEditor *self)
{
  return get_place (self, NULL);
}

static void
number_cards (HsScriptEditor *self)
{
  gboolean is_only = count_cards (self) == 1 && g_queue_is_empty (&self->rest);
  guint place = 0;

  for (GtkWidget *card = get_first (self); card != NULL; card = gtk_widget_get_next_sibling (card))
    hs_paragraph_card_set_place (HS_PARAGRAPH_CARD (card), ++place, is_only);
}

static void
changed_cb (HsScriptEditor *self)
{
  number_cards (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
play_from_cb (HsScriptEditor *self, HsParagraphCard *card)
{
  g_signal_emit (self, signals[SIGNAL_PLAY_FROM], 0, get_place (self, card));
}

static void
leave_cb (HsScriptEditor *self, int direction, HsParagraphCard *card)
{
  GtkWidget *next = direction < 0 ? gtk_widget_get_prev_sibling (GTK_WIDGET (card))
                                  : gtk_widget_get_next_sibling (GTK_WIDGET (card));

  if (next != NULL)
    hs_paragraph_card_focus (HS_PARAGRAPH_CARD (next), direction < 0 ? -1 : 0);
}

static void join_cb (HsScriptEditor *self, HsParagraphCard *card);
static void split_cb (HsScriptEditor *self, HsParagraphCard *card);

/* A name that is not among the voices, as one of the script's own cast. */
static void
add_voice (HsScriptEditor *self, const char *name)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->voices)); i++)
    if (g_strcmp0 (gtk_string_list_get_string (self->voices, i), name) == 0)
      return;
  gtk_string_list_append (self->voices, name);
}

static HsParagraphCard *
add_card (HsScriptEditor *self, const AppParagraph *paragraph, HsParagraphCard *after)
{
  HsParagraphCard *card = hs_paragraph_card_new (paragraph, G_LIST_MODEL (self->voices));

  if (paragraph->voice != NULL && paragraph->voice[0] != '\0')
    add_voice (self, paragraph->voice);
  gtk_box_insert_child_after (self->cards, GTK_WIDGET (card), GTK_WIDGET (after));
  g_signal_connect_object (card, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (card, "play-from", G_CALLBACK (play_from_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (card, "leave", G_CALLBACK (leave_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (card, "join", G_CALLBACK (join_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (card, "split", G_CALLBACK (split_cb), self, G_CONNECT_SWAPPED);
  return card;
}

static void show_sentences (HsScriptEditor *self, JsonObject *report);

/* One more paragraph has a card. */
static gboolean
make_next (gpointer object)
{
  HsScriptEditor *self = object;
  g_autoptr (AppParagraph) paragraph = g_queue_pop_head (&self->rest);
  g_autoptr (JsonObject) report = NULL;

  if (paragraph != NULL) {
    GtkWidget *last = gtk_widget_get_last_child (GTK_WIDGET (self->cards));
    HsParagraphCard *card =
        add_card (self, paragraph, last != NULL ? HS_PARAGRAPH_CARD (last) : NULL);
    hs_paragraph_card_set_place (card, count_cards (self), FALSE);
  }
  if (!g_queue_is_empty (&self->rest))
    return TRUE;
  report = g_steal_pointer (&self->report);
  if (report != NULL)
    show_sentences (self, report);
  return FALSE;
}

static void
make_all (HsScriptEditor *self)
{
  if (g_queue_is_empty (&self->rest))
    return;
  while (make_next (self))
    ;
  hs_slices_drop (G_OBJECT (self));
}

static void
join_cb (HsScriptEditor *self, HsParagraphCard *card)
{
  GtkWidget *before = gtk_widget_get_prev_sibling (GTK_WIDGET (card));

  if (before == NULL)
    return;
  g_autoptr (AppParagraph) first = hs_paragraph_card_get (HS_PARAGRAPH_CARD (before));
  g_autoptr (AppParagraph) second = hs_paragraph_card_get (card);
  gboolean has_both = first->text[0] != '\0' && second->text[0] != '\0';
  g_autofree char *text = g_strconcat (first->text, has_both ? "\n" : "", second->text, NULL);
  int offset = (int) g_utf8_strlen (first->text, -1) + (has_both ? 1 : 0);
  hs_paragraph_card_set_text (HS_PARAGRAPH_CARD (before), text);
  hs_paragraph_card_focus (HS_PARAGRAPH_CARD (before), offset);
  gtk_box_remove (self->cards, GTK_WIDGET (card));
  changed_cb (self);
}

/* Where the cursor stands in the paragraphs: so many characters before the end of the card. */
static void
find_cursor (const char *text, int cursor, guint n, guint *place, int *offset)
{
  const char *tail = g_utf8_offset_to_pointer (text, cursor);
  g_autoptr (GPtrArray) behind = app_paragraphs_split (tail);

  *place = n - 1 - MIN (MAX (behind->len, 1) - 1, n - 1);
  *offset = -1;
  if (behind->len > 0) {
    const AppParagraph *first = g_ptr_array_index (behind, 0);
    *offset -= (int) g_utf8_strlen (first->text, -1);
  }
}

static void
split_cb (HsScriptEditor *self, HsParagraphCard *card)
{
  g_autoptr (AppParagraph) whole = hs_paragraph_card_get (card);
  g_autoptr (GPtrArray) paragraphs = app_paragraphs_split (whole->text);
  HsParagraphCard *last = card;
  int cursor = hs_paragraph_card_get_cursor (card), offset;
  guint place;

  /* Enter twice at the end: nothing stands in the new paragraph yet. */
  if (cursor > g_utf8_strlen (whole->text, -1) && paragraphs->len > 0)
    g_ptr_array_add (paragraphs, app_paragraph_new (NULL, NULL, ""));
  if (paragraphs->len < 2
      || count_cards (self) + g_queue_get_length (&self->rest) + paragraphs->len - 1 > MAX_CARDS)
    return;
  cursor = MIN (cursor, (int) g_utf8_strlen (whole->text, -1));
  find_cursor (whole->text, cursor, paragraphs->len, &place, &offset);
  place += get_place (self, card);
  for (guint i = 0; i < paragraphs->len; i++) {
    AppParagraph *paragraph = g_ptr_array_index (paragraphs, i);
    if (paragraph->voice == NULL)
      paragraph->voice = g_strdup (whole->voice);
    if (paragraph->manner == NULL)
      paragraph->manner = g_strdup (whole->manner);
    last = add_card (self, paragraph, last);
  }
  gtk_box_remove (self->cards, GTK_WIDGET (card));
  hs_paragraph_card_focus (get_card (self, place), offset);
  changed_cb (self);
}

GtkStringList *
hs_script_editor_get_voices (HsScriptEditor *self)
{
  return self->voices;
}

/* A card costs a millisecond and more: what does not fit into a moment comes in slices. */
static void
add_paragraphs (HsScriptEditor *self, GPtrArray *paragraphs)
{
  gint64 end = g_get_monotonic_time () + 2 * HS_SLICE_US;
  gboolean is_more;

  if (paragraphs->len > MAX_CARDS) {
    g_autoptr (GPtrArray) tail = g_ptr_array_new ();
    for (guint i = MAX_CARDS - 1; i < paragraphs->len; i++)
      g_ptr_array_add (tail, paragraphs->pdata[i]);
    g_autofree char *text = app_paragraphs_join (tail);
    g_ptr_array_remove_range (paragraphs, MAX_CARDS - 1, paragraphs->len - MAX_CARDS + 1);
    g_ptr_array_add (paragraphs, app_paragraph_new (NULL, NULL, text));
  }
  for (guint i = 0; i < paragraphs->len; i++)
    g_queue_push_tail (&self->rest, g_steal_pointer (&paragraphs->pdata[i]));
  /* There is always one card at least, which the focus can go to. */
  do
    is_more = make_next (self);
  while (is_more && g_get_monotonic_time () < end);
  if (is_more)
    hs_slices_add (G_OBJECT (self), make_next);
}

static void
clear_rest (HsScriptEditor *self)
{
  hs_slices_drop (G_OBJECT (self));
  g_queue_clear_full (&self->rest, (GDestroyNotify) app_paragraph_free);
  g_clear_pointer (&self->report, json_object_unref);
}

void
hs_script_editor_set_text (HsScriptEditor *self, const char *text)
{
  g_autoptr (GPtrArray) paragraphs = app_paragraphs_split (text);
  gboolean has_focus = gtk_widget_get_focus_child (GTK_WIDGET (self)) != NULL;
  GtkWidget *card;

  clear_rest (self);
  while ((card = get_first (self)) != NULL)
    gtk_box_remove (self->cards, card);
  if (paragraphs->len == 0)
    g_ptr_array_add (paragraphs, app_paragraph_new (NULL, NULL, ""));
  add_paragraphs (self, paragraphs);
  if (has_focus)
    gtk_widget_grab_focus (GTK_WIDGET (self));
  changed_cb (self);
}

char *
hs_script_editor_get_text (HsScriptEditor *self, guint from)
{
  g_autoptr (GPtrArray) paragraphs =
      g_ptr_array_new_with_free_func ((GDestroyNotify) app_paragraph_free);

  if (from > 0)
    make_all (self);
  for (GtkWidget *card = GTK_WIDGET (get_card (self, from)); card != NULL;
       card = gtk_widget_get_next_sibling (card))
    g_ptr_array_add (paragraphs, hs_paragraph_card_get (HS_PARAGRAPH_CARD (card)));
  for (GList *l = self->rest.head; l != NULL; l = l->next) {
    const AppParagraph *one = l->data;
    g_ptr_array_add (paragraphs, app_paragraph_new (one->voice, one->manner, one->text));
  }
  return app_paragraphs_join (paragraphs);
}

gboolean
hs_script_editor_is_empty (HsScriptEditor *self)
{
  for (GtkWidget *card = get_first (self); card != NULL; card = gtk_widget_get_next_sibling (card))
    if (!hs_paragraph_card_is_empty (HS_PARAGRAPH_CARD (card)))
      return FALSE;
  return g_queue_is_empty (&self->rest);
}

void
hs_script_editor_clear_report (HsScriptEditor *self)
{
  self->finding = 0;
  g_clear_pointer (&self->report, json_object_unref);
  for (GtkWidget *card = get_first (self); card != NULL; card = gtk_widget_get_next_sibling (card))
    hs_paragraph_card_clear_sentences (HS_PARAGRAPH_CARD (card));
}

/* Where sentences are looked for: they come in the order of the text. */
typedef struct {
  GtkWidget *card;
  AppLetters *letters;
  gsize from;
} Place;

static void
move_to (Place *place, GtkWidget *card)
{
  g_clear_pointer (&place->letters, app_letters_free);
  place->card = card;
  place->from = 0;
  if (card == NULL)
    return;
  g_autoptr (AppParagraph) paragraph = hs_paragraph_card_get (HS_PARAGRAPH_CARD (card));
  place->letters = app_letters_new (paragraph->text);
}

/* A sentence of a paragraph that was changed since is nowhere. */
static void
place_sentence (Place *place, JsonObject *sentence)
{
  const char *text = json_object_get_string_member_with_default (sentence, "text", "");
  Place found = { place->card, NULL, place->from };
  gsize begin, end;

  if (place->letters != NULL
      && app_letters_find (place->letters, text, &place->from, &begin, &end)) {
    hs_paragraph_card_add_sentence (HS_PARAGRAPH_CARD (place->card), sentence, begin, end);
    return;
  }
  while (found.card != NULL) {
    move_to (&found, gtk_widget_get_next_sibling (found.card));
    if (found.letters != NULL
        && app_letters_find (found.letters, text, &found.from, &begin, &end)) {
      app_letters_free (place->letters);
      *place = found;
      hs_paragraph_card_add_sentence (HS_PARAGRAPH_CARD (place->card), sentence, begin, end);
      return;
    }
  }
}

static void
show_sentences (HsScriptEditor *self, JsonObject *report)
{
  JsonArray *sentences = json_object_get_array_member (report, "sentences");
  Place place = { NULL };

  move_to (&place, get_first (self));
  for (guint i = 0; sentences != NULL && i < json_array_get_length (sentences); i++)
    place_sentence (&place, json_array_get_object_element (sentences, i));
  app_letters_free (place.letters);
}

void
hs_script_editor_show_report (HsScriptEditor *self, JsonObject *report)
{
  hs_script_editor_clear_report (self);
  if (g_queue_is_empty (&self->rest))
    show_sentences (self, report);
  else
    self->report = json_object_ref (report);
}

guint
hs_script_editor_get_first_sentence (HsScriptEditor *self, guint place)
{
  HsParagraphCard *card;

  make_all (self);
  card = get_card (self, place);
  return card != NULL ? hs_paragraph_card_get_first_sentence (card) : 0;
}

GtkWidget *
hs_script_editor_next_finding (HsScriptEditor *self)
{
  guint n;

  make_all (self);
  n = count_cards (self);
  for (guint i = 0; i < n; i++) {
    guint place = (self->finding + i) % n;
    HsParagraphCard *card = get_card (self, place);
    if (hs_paragraph_card_get_n_findings (card) == 0)
      continue;
    self->finding = place + 1;
    return GTK_WIDGET (card);
  }
  return NULL;
}

static void
add_cb (HsScriptEditor *self)
{
  g_autoptr (AppParagraph) empty = app_paragraph_new (NULL, NULL, "");
  HsParagraphCard *card;

  make_all (self);
  card = get_card (self, count_cards (self) - 1);
  if (!hs_paragraph_card_is_empty (card))
    card = add_card (self, empty, card);
  number_cards (self);
  hs_paragraph_card_focus (card, 0);
}

static void
hs_script_editor_dispose (GObject *object)
{
  clear_rest (HS_SCRIPT_EDITOR (object));
  g_clear_object (&HS_SCRIPT_EDITOR (object)->voices);
  G_OBJECT_CLASS (hs_script_editor_parent_class)->dispose (object);
}

static gboolean
hs_script_editor_grab_focus (GtkWidget *widget)
{
  hs_paragraph_card_focus (get_card (HS_SCRIPT_EDITOR (widget), 0), 0);
  return TRUE;
}

static void
hs_script_editor_class_init (HsScriptEditorClass *class)
{
  GTK_WIDGET_CLASS (class)->grab_focus = hs_script_editor_grab_focus;
  G_OBJECT_CLASS (class)->dispose = hs_script_editor_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", HS_TYPE_SCRIPT_EDITOR, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_PLAY_FROM] = g_signal_new ("play-from", HS_TYPE_SCRIPT_EDITOR, G_SIGNAL_RUN_LAST,
                                            0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
hs_script_editor_init (HsScriptEditor *self)
{
  GtkWidget *add = gtk_button_new_with_mnemonic (_ ("Add _Paragraph"));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 9);
  g_queue_init (&self->rest);
  self->voices = gtk_string_list_new (NULL);
  self->cards = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 9));
  gtk_widget_set_halign (add, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (add, "flat");
  g_signal_connect_object (add, "clicked", G_CALLBACK (add_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self), GTK_WIDGET (self->cards));
  gtk_box_append (GTK_BOX (self), add);
  hs_script_editor_set_text (self, "");
}
