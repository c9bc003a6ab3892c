/* SPDX-License-Identifier: GPL-3.0-or-later */

/* JSON is written by a thread of the link, and read by that of GDBus, in a filter: the main loop
 * has only values to look at. */

#include "app/service/remote-private.h"

#include "app/base/json-text.h"
#include "app/service/service.h"

struct _AppLink {
  gatomicrefcount n_refs;
  GMainContext *context;
  GDBusConnection *connection;
  GThreadPool *pool; /* of one thread, for the order */
  guint filter;
  /* Of the main context's thread: */
  gboolean is_closed;
  AppOnEvent on_event;
  gpointer user_data;
};

typedef struct {
  GDBusConnection *connection;
  AppPayload *payload; /* to be started, or NULL */
  JsonNode *garbage;   /* or NULL */
  guint32 serial;      /* else to be cancelled */
} Errand;

typedef struct {
  AppLink *link;
  AppEvent event;
} Delivery;

AppPayload *
app_payload_new (guint32 serial, const char *task, JsonNode *node, char *text)
{
  AppPayload *payload = g_new0 (AppPayload, 1);

  g_atomic_ref_count_init (&payload->n_refs);
  payload->serial = serial;
  payload->task = g_strdup (task);
  payload->node = node;
  payload->text = text;
  return payload;
}

static AppPayload *
payload_ref (AppPayload *payload)
{
  g_atomic_ref_count_inc (&payload->n_refs);
  return payload;
}

void
app_payload_unref (AppPayload *payload)
{
  if (!g_atomic_ref_count_dec (&payload->n_refs))
    return;
  g_clear_pointer (&payload->node, json_node_unref);
  g_free (payload->text);
  g_free (payload->task);
  g_free (payload);
}

static void
link_unref (gpointer data)
{
  AppLink *link = data;

  if (!g_atomic_ref_count_dec (&link->n_refs))
    return;
  g_main_context_unref (link->context);
  g_free (link);
}

static AppLink *
link_ref (AppLink *link)
{
  g_atomic_ref_count_inc (&link->n_refs);
  return link;
}

static void
delivery_free (gpointer data)
{
  Delivery *delivery = data;

  g_free (delivery->event.text);
  g_free (delivery->event.message);
  g_clear_error (&delivery->event.error);
  g_clear_pointer (&delivery->event.node, json_node_unref);
  link_unref (delivery->link);
  g_free (delivery);
}

static gboolean
deliver (gpointer data)
{
  Delivery *delivery = data;
  AppLink *link = delivery->link;

  if (!link->is_closed)
    link->on_event (link, &delivery->event, link->user_data);
  if (!link->is_closed && delivery->event.node != NULL)
    app_link_discard (link, g_steal_pointer (&delivery->event.node));
  return G_SOURCE_REMOVE;
}

/* FALSE: no signal of the interface. */
static gboolean
read_event (const char *signal, GVariant *body, AppEvent *event)
{
  static const struct {
    const char *name;
    const char *type;
    AppEventKind kind;
  } kinds[] = {
    { "Progress", "(usdd)", APP_EVENT_PROGRESS }, { "Thought", "(usu)", APP_EVENT_THOUGHT },
    { "Token", "(usu)", APP_EVENT_TOKEN },        { "Heard", "(us)", APP_EVENT_HEARD },
    { "Done", "(us)", APP_EVENT_DONE },           { "Failed", "(uss)", APP_EVENT_FAILED },
  };
  const char *json;
  gsize k = 0;

  while (k < G_N_ELEMENTS (kinds) && g_strcmp0 (signal, kinds[k].name) != 0)
    k++;
  if (k == G_N_ELEMENTS (kinds) || body == NULL
      || !g_variant_is_of_type (body, G_VARIANT_TYPE (kinds[k].type)))
    return FALSE;
  event->kind = kinds[k].kind;
  switch (event->kind) {
  case APP_EVENT_PROGRESS:
    g_variant_get (body, "(usdd)", &event->serial, &event->text, &event->numbers[0],
                   &event->numbers[1]);
    break;
  case APP_EVENT_THOUGHT:
  case APP_EVENT_TOKEN:
    g_variant_get (body, "(usu)", &event->serial, &event->text, &event->n_tokens);
    break;
  case APP_EVENT_FAILED:
    g_variant_get (body, "(uss)", &event->serial, &event->text, &event->message);
    break;
  default:
    g_variant_get (body, "(u&s)", &event->serial, &json);
    event->node = app_json_parse (json, -1, &event->error);
  }
  return TRUE;
}

/* In the thread of GDBus. */
static GDBusMessage *
filter (GDBusConnection *connection, GDBusMessage *message, gboolean is_incoming,
        gpointer user_data)
{
  AppLink *link = user_data;
  Delivery *delivery;
  GSource *source;

  if (!is_incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_SIGNAL
      || g_strcmp0 (g_dbus_message_get_interface (message), APP_SERVICE_INTERFACE) != 0)
    return message;
  delivery = g_new0 (Delivery, 1);
  delivery->link = link_ref (link);
  if (read_event (g_dbus_message_get_member (message), g_dbus_message_get_body (message),
                  &delivery->event)) {
    source = g_idle_source_new ();
    g_source_set_priority (source, G_PRIORITY_HIGH_IDLE);
    g_source_set_static_name (source, "engine event");
    g_source_set_callback (source, deliver, delivery, delivery_free);
    g_source_attach (source, link->context);
    g_source_unref (source);
  } else
    delivery_free (delivery);
  g_object_unref (message);
  return NULL;
}

static void
send (GDBusConnection *connection, const char *method, GVariant *arguments)
{
  /* No answer is waited for: if it does not arrive, the child is gone, which is noticed. */
  g_dbus_connection_call (connection, NULL, APP_SERVICE_PATH, APP_SERVICE_INTERFACE, method,
                          arguments, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

static void
send_start (GDBusConnection *connection, AppPayload *payload)
{
  if (payload->text == NULL) {
    payload->text = json_to_string (payload->node, FALSE);
    g_clear_pointer (&payload->node, json_node_unref);
  }
  /* The bus takes nothing else; the engine then says what it cannot find. */
  if (!g_utf8_validate (payload->text, -1, NULL)) {
    char *text = g_utf8_make_valid (payload->text, -1);

    g_free (payload->text);
    payload->text = text;
  }
  send (connection, "Start",
        g_variant_new ("(uss)", payload->serial, payload->task, payload->text));
}

/* In the thread of the link. */
static void
run_errand (gpointer data, gpointer user_data)
{
  Errand *errand = data;

  if (errand->payload != NULL) {
    send_start (errand->connection, errand->payload);
    app_payload_unref (errand->payload);
  } else if (errand->garbage != NULL)
    json_node_unref (errand->garbage);
  else
    send (errand->connection, "Cancel", g_variant_new ("(u)", errand->serial));
  g_object_unref (errand->connection);
  g_free (errand);
}

AppLink *
app_link_new (GDBusConnection *connection, AppOnEvent on_event, gpointer user_data)
{
  AppLink *link = g_new0 (AppLink, 1);

  g_atomic_ref_count_init (&link->n_refs);
  link->context = g_main_context_ref (g_main_context_default ());
  link->connection = g_object_ref (connection);
  link->on_event = on_event;
  link->user_data = user_data;
  link->pool = g_thread_pool_new (run_errand, NULL, 1, FALSE, NULL);
  link->filter = g_dbus_connection_add_filter (connection, filter, link_ref (link), link_unref);
  return link;
}

void
app_link_close (AppLink *link)
{
  link->is_closed = TRUE;
  g_dbus_connection_remove_filter (link->connection, link->filter);
  g_dbus_connection_close (link->connection, NULL, NULL, NULL);
  /* What is still to be sent is sent to nobody; that is not waited for. */
  g_thread_pool_free (link->pool, FALSE, FALSE);
  g_object_unref (link->connection);
  link_unref (link);
}

GDBusConnection *
app_link_get_connection (AppLink *link)
{
  return link->connection;
}

static void
push (AppLink *link, const Errand *errand)
{
  Errand *copy = g_memdup2 (errand, sizeof *errand);

  copy->connection = g_object_ref (link->connection);
  g_thread_pool_push (link->pool, copy, NULL);
}

void
app_link_send_start (AppLink *link, AppPayload *payload)
{
  push (link, &(Errand){ .payload = payload_ref (payload) });
}

void
app_link_send_cancel (AppLink *link, guint32 serial)
{
  push (link, &(Errand){ .serial = serial });
}

void
app_link_discard (AppLink *link, JsonNode *node)
{
  push (link, &(Errand){ .garbage = node });
}
