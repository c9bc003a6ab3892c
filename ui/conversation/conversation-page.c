/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/conversation/conversation-page.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "app/base/json-write.h"
#include "ui/base/program.h"
#include "ui/base/read-aloud.h"
#include "ui/base/trouble.h"
#include "ui/conversation/answer.h"
#include "ui/conversation/composer.h"
#include "ui/conversation/message-list.h"
#include "ui/conversation/question.h"
#include "ui/recording/audio-card.h"

/* So many messages are shown at first, and more at a time. */
#define N_SHOWN 40

struct _HsConversationPage {
  GtkBox parent_instance;
  GtkStack *stack;
  HsMessageList *messages;
  HsComposer *composer;
  gint64 talk;
  guint n_shown;
  gint64 through;         /* at least up to this message; 0: none */
  gint64 edited;          /* the message that what is written will stand beside; 0: none */
  gboolean is_talking;    /* the key is held */
  AppRemoteCall *hearing; /* what was said with the key held is being understood */
  char *said;             /* its file */
  gint64 said_in;         /* the conversation; 0: a new one */
  gint64 wanted;          /* a recording that is to be played when its row is there; 0: none */
  double wanted_start, wanted_end;
};

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsConversationPage, hs_conversation_page, GTK_TYPE_BOX)

static void reload (HsConversationPage *self);

static AppConversations *
get_store (void)
{
  return hs_program_get_store (hs_program_get ());
}

static void
answer_heard_cb (HsConversationPage *self, gint64 recording)
{
  HsAudioCard *card = hs_message_list_find_card (self->messages, recording);

  if (card != NULL)
    hs_audio_card_load_hearing (card);
}

static void
answer_ended_cb (HsConversationPage *self, HsAnswer *answer)
{
  if (hs_answer_find (self->talk) == NULL)
    reload (self);
}

static void
follow_answer (HsConversationPage *self)
{
  HsAnswer *answer = self->talk != 0 ? hs_answer_find (self->talk) : NULL;

  hs_composer_set_busy (self->composer, answer != NULL || self->hearing != NULL);
  if (answer == NULL)
    return;
  g_signal_handlers_disconnect_by_func (answer, answer_heard_cb, self);
  g_signal_handlers_disconnect_by_func (answer, answer_ended_cb, self);
  g_signal_connect_object (answer, "heard", G_CALLBACK (answer_heard_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (answer, "ended", G_CALLBACK (answer_ended_cb), self, G_CONNECT_SWAPPED);
}

static void
ask (HsConversationPage *self, gint64 talk, gint64 question)
{
  g_autoptr (GError) error = NULL;

  if (hs_answer_start (talk, question, &error) == NULL)
    hs_trouble_tell (GTK_WIDGET (self), error);
  if (talk == self->talk)
    hs_message_list_scroll_to_end (self->messages);
  reload (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
edit_cb (HsConversationPage *self, HsMessageRow *row)
{
  self->edited = hs_message_row_get_id (row);
  hs_composer_set_text (self->composer, hs_message_row_get_text (row));
}

static void
regenerate_cb (HsConversationPage *self, HsMessageRow *row)
{
  g_autoptr (AppMessage) message =
      app_conversations_get_message (get_store (), hs_message_row_get_id (row), NULL);

  if (message != NULL && hs_answer_find (self->talk) == NULL)
    ask (self, self->talk, message->parent);
}

static void
branch_cb (HsConversationPage *self, int step, HsMessageRow *row)
{
  g_autoptr (GArray) siblings =
      app_conversations_list_siblings (get_store (), hs_message_row_get_id (row), NULL);

  for (guint i = 0; siblings != NULL && i < siblings->len; i++)
    if (g_array_index (siblings, gint64, i) == hs_message_row_get_id (row) && (int) i + step >= 0
        && (int) i + step < (int) siblings->len) {
      app_conversations_choose (get_store (), g_array_index (siblings, gint64, (int) i + step),
                                NULL);
      reload (self);
      return;
    }
}

/* FALSE: its row is still to come. */
static gboolean
play_wanted (HsConversationPage *self)
{
  HsAudioCard *card =
      self->wanted != 0 ? hs_message_list_find_card (self->messages, self->wanted) : NULL;

  if (card == NULL)
    return FALSE;
  self->wanted = 0;
  hs_audio_card_play_range (card, self->wanted_start, self->wanted_end);
  hs_message_list_reveal (self->messages, GTK_WIDGET (card));
  return TRUE;
}

/* Rows come in slices, and those of long ago when they are asked for. */
static void
fetch_wanted (HsConversationPage *self)
{
  g_autoptr (GError) error = NULL;
  gint64 message = app_conversations_find_recording (get_store (), self->wanted, &error);

  if (message == 0) {
    self->wanted = 0;
    hs_trouble_tell (GTK_WIDGET (self), error);
    return;
  }
  self->through = self->through != 0 ? MIN (self->through, message) : message;
  hs_message_list_look_at (self->messages, message);
  reload (self);
}

static void
evidence_cb (HsConversationPage *self, int index, double start, double end, HsMessageRow *row)
{
  g_autoptr (GArray) recordings =
      app_conversations_list_recordings (get_store (), self->talk, NULL);

  if (recordings == NULL || index < 0 || index >= (int) recordings->len)
    return;
  self->wanted = g_array_index (recordings, gint64, index);
  self->wanted_start = start;
  self->wanted_end = end;
  if (!play_wanted (self))
    fetch_wanted (self);
}

static void
row_cb (HsConversationPage *self, HsMessageRow *row)
{
  HsAnswer *answer = hs_answer_find (self->talk);

  g_signal_connect_object (row, "edit", G_CALLBACK (edit_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "regenerate", G_CALLBACK (regenerate_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "branch", G_CALLBACK (branch_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "evidence", G_CALLBACK (evidence_cb), self, G_CONNECT_SWAPPED);
  if (answer != NULL && hs_answer_get_message (answer) == hs_message_row_get_id (row))
    hs_message_row_follow (row, answer);
  play_wanted (self);
}

static void
reload (HsConversationPage *self)
{
  GPtrArray *messages = NULL;
  gboolean has_any;

  if (self->talk != 0 && get_store () != NULL)
    messages =
        app_conversations_load_end (get_store (), self->talk, self->n_shown, self->through, NULL);
  if (messages == NULL)
    messages = g_ptr_array_new_with_free_func ((GDestroyNotify) app_message_free);
  has_any = messages->len > 0;
  hs_message_list_show (self->messages, messages);
  gtk_stack_set_visible_child_name (self->stack, has_any ? "messages" : "empty");
  follow_answer (self);
  hs_message_list_listen (self->messages, hs_answer_find (self->talk) == NULL);
}

static void
earlier_cb (HsConversationPage *self)
{
  self->n_shown += N_SHOWN;
  reload (self);
}

/* The id of the message, or 0 with the error told. */
static gint64
add_question (HsConversationPage *self, const char *text, GListModel *files)
{
  g_autoptr (GError) error = NULL;
  gint64 question = hs_question_add (&self->talk, self->edited, text, files, &error);

  if (error != NULL)
    hs_trouble_tell (GTK_WIDGET (self), error);
  if (question != 0)
    self->edited = 0;
  return question;
}

static void
send_cb (HsConversationPage *self)
{
  g_autofree char *text = NULL;
  g_autoptr (GListModel) files = NULL;
  gint64 question;

  if (get_store () == NULL)
    return;
  hs_composer_take (self->composer, &text, &files);
  question = add_question (self, text, files);
  if (question == 0) {
    hs_composer_set_text (self->composer, text);
    return;
  }
  if (text[0] != '\0') {
    ask (self, self->talk, question);
    return;
  }
  hs_message_list_scroll_to_end (self->messages);
  reload (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* What was said with the key held, in words. (transfer full) */
static char *
get_words (JsonObject *hearing)
{
  JsonArray *segments = json_object_get_array_member (hearing, "segments");
  g_autoptr (GString) words = g_string_new (NULL);

  for (guint i = 0; segments != NULL && i < json_array_get_length (segments); i++) {
    JsonObject *segment = json_array_get_object_element (segments, i);
    if (words->len > 0)
      g_string_append_c (words, ' ');
    g_string_append (words, json_object_get_string_member_with_default (segment, "text", ""));
  }
  return g_strdup (words->str);
}

/* Where it was said, also when another conversation is shown meanwhile. */
static gint64
add_said (HsConversationPage *self, const char *words)
{
  g_autoptr (GListStore) none = g_list_store_new (G_TYPE_FILE);
  g_autoptr (GError) error = NULL;
  gint64 question;

  if (self->said_in == self->talk) {
    question = add_question (self, words, G_LIST_MODEL (none));
    self->said_in = self->talk;
    return question;
  }
  question = hs_question_add (&self->said_in, 0, words, G_LIST_MODEL (none), &error);
  if (error != NULL)
    hs_trouble_tell (GTK_WIDGET (self), error);
  return question;
}

/* What was recorded stays at hand as an attachment. */
static void
keep_said (HsConversationPage *self, const char *said)
{
  g_autoptr (GFile) file = g_file_new_for_path (said);

  hs_composer_add_file (self->composer, file);
}

static void
understood_cb (HsConversationPage *self, JsonNode *result)
{
  JsonObject *object = json_node_get_object (result);
  JsonNode *hearing = json_object_get_member (object, "hearing");
  g_autofree char *words = get_words (json_node_get_object (hearing));
  g_autofree char *said = g_steal_pointer (&self->said);
  gint64 question;

  g_clear_object (&self->hearing);
  follow_answer (self);
  if (words[0] == '\0')
    return;
  /* An answer may be given anew there meanwhile. */
  question = hs_answer_find (self->said_in) == NULL ? add_said (self, words) : 0;
  if (question == 0) {
    keep_said (self, said);
    return;
  }
  app_conversations_add_recording (
      get_store (), question, said,
      json_object_get_string_member_with_default (object, "content", NULL),
      json_object_get_double_member_with_default (json_node_get_object (hearing), "seconds", 0),
      hearing, NULL);
  ask (self, self->said_in, question);
}

static void
not_understood_cb (HsConversationPage *self, const GError *error)
{
  g_autofree char *said = g_steal_pointer (&self->said);

  g_clear_object (&self->hearing);
  follow_answer (self);
  keep_said (self, said);
  if (!g_error_matches (error, APP_ERROR, APP_ERROR_CANCELLED))
    hs_trouble_tell (GTK_WIDGET (self), error);
}

/* TRUE: the recording has been dealt with, and is no attachment. */
static gboolean
recorded_cb (HsConversationPage *self, GFile *file)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (!self->is_talking || self->hearing != NULL || get_store () == NULL
      || hs_answer_find (self->talk) != NULL)
    return FALSE;
  self->is_talking = FALSE;
  self->said = g_file_get_path (file);
  self->said_in = self->talk;
  builder = json_builder_new ();
  json_builder_begin_object (builder);
  app_json_add_path (builder, "file", self->said);
  json_builder_end_object (builder);
  self->hearing = app_remote_start (hs_program_get_remote (hs_program_get ()), "listen",
                                    json_builder_get_root (builder));
  g_signal_connect_object (self->hearing, "done", G_CALLBACK (understood_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->hearing, "failed", G_CALLBACK (not_understood_cb), self,
                           G_CONNECT_SWAPPED);
  hs_composer_set_busy (self->composer, TRUE);
  return TRUE;
}

void
hs_conversation_page_begin_talking (HsConversationPage *self)
{
  if (hs_composer_is_recording (self->composer) || self->hearing != NULL)
    return;
  self->is_talking = TRUE;
  hs_composer_record (self->composer);
}

void
hs_conversation_page_end_talking (HsConversationPage *self)
{
  if (self->is_talking)
    hs_composer_finish_recording (self->composer);
}

void
hs_conversation_page_toggle_recording (HsConversationPage *self)
{
  self->is_talking = FALSE;
  if (hs_composer_is_recording (self->composer))
    hs_composer_finish_recording (self->composer);
  else
    hs_composer_record (self->composer);
}

void
hs_conversation_page_stop (HsConversationPage *self)
{
  HsAnswer *answer = self->talk != 0 ? hs_answer_find (self->talk) : NULL;

  if (answer != NULL)
    hs_answer_stop (answer);
  if (self->hearing != NULL)
    app_remote_call_cancel (self->hearing);
  hs_read_aloud_stop_current ();
}

void
hs_conversation_page_write (HsConversationPage *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->composer));
}

void
hs_conversation_page_toggle_play (HsConversationPage *self)
{
  HsAudioCard *card = hs_message_list_find_card (self->messages, -1);

  if (card != NULL)
    hs_audio_card_toggle_play (card);
}

void
hs_conversation_page_add_file (HsConversationPage *self, GFile *file)
{
  hs_composer_add_file (self->composer, file);
}

void
hs_conversation_page_choose_files (HsConversationPage *self)
{
  hs_composer_choose_files (self->composer);
}

gint64
hs_conversation_page_get_talk (HsConversationPage *self)
{
  return self->talk;
}

void
hs_conversation_page_open (HsConversationPage *self, gint64 talk, gint64 message)
{
  hs_message_list_begin (self->messages, message);
  self->talk = talk;
  self->edited = 0;
  self->wanted = 0;
  self->n_shown = N_SHOWN;
  self->through = message;
  reload (self);
  if (message == 0)
    gtk_widget_grab_focus (GTK_WIDGET (self->composer));
}

static gboolean
drop_cb (HsConversationPage *self, const GValue *value)
{
  const guint n = g_slist_length (g_value_get_boxed (value));
  g_auto (GVariantBuilder) addresses = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  if (n >= HS_MANY_FILES) {
    for (GSList *l = g_value_get_boxed (value); l != NULL; l = l->next)
      g_variant_builder_add_value (&addresses,
                                   g_variant_new_take_string (g_file_get_uri (l->data)));
    gtk_widget_activate_action (GTK_WIDGET (self), "win.open-files", "as", &addresses);
    return TRUE;
  }
  for (GSList *l = g_value_get_boxed (value); l != NULL; l = l->next)
    hs_composer_add_file (self->composer, l->data);
  return TRUE;
}

/* Of the palette: what the last answer or the last recording can do. */

static void
answer_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsConversationPage *self = HS_CONVERSATION_PAGE (widget);
  HsMessageRow *row = hs_message_list_find_answer (self->messages);

  if (row == NULL || hs_answer_find (self->talk) != NULL)
    gtk_widget_activate_action (widget, "win.tell", "s", _ ("There is no answer yet"));
  else if (g_str_equal (name, "page.answer-again"))
    hs_message_row_answer_again (row);
  else if (g_str_equal (name, "page.copy-answer"))
    hs_message_row_copy (row);
  else
    hs_message_row_read_aloud (row);
}

static void
card_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  HsConversationPage *self = HS_CONVERSATION_PAGE (widget);
  HsAudioCard *card = hs_message_list_find_card (self->messages, -1);
  const char *what = g_variant_get_string (parameter, NULL);
  gboolean is_done = FALSE;

  if (card != NULL && g_str_equal (what, "copy"))
    is_done = gtk_widget_activate_action (GTK_WIDGET (card), "card.copy", NULL);
  else if (card != NULL && g_str_equal (what, "tokens"))
    is_done = gtk_widget_activate_action (GTK_WIDGET (card), "card.tokens", NULL);
  else if (card != NULL)
    is_done = gtk_widget_activate_action (GTK_WIDGET (card), "card.export", "s", what);
  if (!is_done)
    gtk_widget_activate_action (widget, "win.tell", "s", _ ("There is no transcript yet"));
}

static void
hs_conversation_page_dispose (GObject *object)
{
  HsConversationPage *self = HS_CONVERSATION_PAGE (object);

  g_clear_object (&self->hearing);
  g_clear_pointer (&self->said, g_free);
  G_OBJECT_CLASS (hs_conversation_page_parent_class)->dispose (object);
}

static gboolean
hs_conversation_page_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (HS_CONVERSATION_PAGE (widget)->composer));
}

static void
hs_conversation_page_class_init (HsConversationPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_conversation_page_dispose;
  widget_class->grab_focus = hs_conversation_page_grab_focus;
  g_type_ensure (HS_TYPE_COMPOSER);
  g_type_ensure (HS_TYPE_MESSAGE_LIST);
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", HS_TYPE_CONVERSATION_PAGE, G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/hearsay_app/Hearsay/ui/conversation-page.ui");
  gtk_widget_class_bind_template_child (widget_class, HsConversationPage, stack);
  gtk_widget_class_bind_template_child (widget_class, HsConversationPage, messages);
  gtk_widget_class_bind_template_child (widget_class, HsConversationPage, composer);
  gtk_widget_class_bind_template_callback (widget_class, earlier_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_cb);
  gtk_widget_class_bind_template_callback (widget_class, send_cb);
  gtk_widget_class_bind_template_callback (widget_class, recorded_cb);
  gtk_widget_class_bind_template_callback (widget_class, hs_conversation_page_stop);
  gtk_widget_class_install_action (widget_class, "page.answer-again", NULL, answer_action);
  gtk_widget_class_install_action (widget_class, "page.copy-answer", NULL, answer_action);
  gtk_widget_class_install_action (widget_class, "page.read-answer", NULL, answer_action);
  gtk_widget_class_install_action (widget_class, "page.card", "s", card_action);
}

static void
hs_conversation_page_init (HsConversationPage *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  gtk_widget_init_template (GTK_WIDGET (self));
  self->n_shown = N_SHOWN;
  g_signal_connect_swapped (drop, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
}
