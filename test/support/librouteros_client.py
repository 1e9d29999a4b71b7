"""What Debian's python3-librouteros makes of the simulated router: run with a scenario and ports, ends with 0 if all is as it should be."""

import ssl
import sys

import librouteros
from librouteros.exceptions import FatalError, MultiTrapError, TrapError
from librouteros.login import plain, token
from librouteros.query import And, Key, Or


def connect(port, **options):
    return librouteros.connect('127.0.0.1', 'nadi', 'rahasia', port=int(port), **options)


def trap_of(call):
    try:
        tuple(call())
    except MultiTrapError as error:
        return [each.message for each in error.traps]
    except TrapError as error:
        return error.message
    return None


def same(found, wanted):
    assert found == wanted, f'{found!r} is not {wanted!r}'


def logins(old, recent):
    for port, method, other in ((old, token, plain), (recent, plain, token)):
        api = connect(port, login_method=method)
        same([row['name'] for row in api.path('system', 'identity')], ['Menara'])
        api.close()
        if method is plain:
            wrong = lambda: librouteros.connect('127.0.0.1', 'nadi', 'salah', port=int(port))
            same(trap_of(wrong), 'invalid user name or password (6)')
        else:
            wrong = lambda: librouteros.connect('127.0.0.1', 'nadi', 'salah', port=int(port), login_method=token)
            same(trap_of(wrong), 'cannot log in')


def tables(port):
    api = connect(port)
    secrets = api.path('ppp', 'secret')
    ids = [secrets.add(name=f'p{n}', password='x', disabled=n % 2 == 0, comment=f'no {n}') for n in range(1, 7)]
    same(ids, ['*1', '*2', '*3', '*4', '*5', '*6'])
    same(len(tuple(secrets)), 6)
    secrets.update(**{'.id': '*1', 'profile': 'default-encryption'})
    secrets.remove('*5', '*6')
    name, disabled, profile = Key('name'), Key('disabled'), Key('profile')
    names = lambda *where: [row['name'] for row in secrets.select(name).where(*where)]
    same(names(), ['p1', 'p2', 'p3', 'p4'])
    same(names(disabled == True), ['p2', 'p4'])
    same(names(And(disabled == False, profile == 'default')), ['p3'])
    same(names(Or(name == 'p1', name == 'p4')), ['p1', 'p4'])
    same(names(name.In('p2', 'p3')), ['p2', 'p3'])
    same(names(name != 'p2'), ['p1', 'p3', 'p4'])
    same(names(name > 'p3'), ['p4'])
    same(names(name < 'p2'), ['p1'])
    same(names(name == 'nobody'), [])
    same(tuple(api.rawCmd('/ppp/secret/print', '=count-only=')), ({'ret': 4},))


def traps(old, recent):
    api = connect(recent)
    secrets = api.path('ppp', 'secret')
    secrets.add(name='budi')
    same(trap_of(lambda: secrets('add', name='budi')), 'failure: secret with the same name already exists')
    same(trap_of(lambda: secrets('add', name='x', profile='y')), 'input does not match any value of profile')
    same(trap_of(lambda: secrets('set', **{'.id': '*9'})), 'no such item')
    same(trap_of(lambda: secrets('add', nama='x')), 'unknown parameter')
    same(len(trap_of(lambda: api('/wifi/print'))), 2)
    same(trap_of(lambda: connect(old, login_method=token)('/wifi/print')), 'no such command prefix')
    same([row['name'] for row in secrets], ['budi'])
    try:
        tuple(api('/quit'))
    except FatalError:
        return
    raise AssertionError('/quit is not fatal')


def listening(port):
    listener, api = connect(port), connect(port)
    listener.protocol.writeSentence('/ppp/secret/listen', '=.proplist=.id,name')
    # Commands of one connection are taken in their order: once this is answered, the router listens.
    listener.protocol.writeSentence('/system/identity/print')
    same([listener.readSentence()[0], listener.readSentence()[0]], ['!re', '!done'])
    secrets = api.path('ppp', 'secret')
    secrets.add(name='budi')
    same(listener.readSentence(), ('!re', {'.id': '*1', 'name': 'budi'}))
    secrets.remove('*1')
    same(listener.readSentence(), ('!re', {'.id': '*1', '.dead': True}))
    listener.protocol.writeSentence('/cancel')
    same(listener.readSentence(), ('!trap', {'category': 2, 'message': 'interrupted'}))
    same([listener.readSentence(), listener.readSentence()], [('!done', {}), ('!done', {})])


def code_pages(port):
    name = 'caf\xe9 \xd1usa'
    connect(port, encoding='latin-1').path('ppp', 'secret').add(name=name)
    same([row['name'] for row in connect(port, encoding='latin-1').path('ppp', 'secret')], [name])


def anonymous_tls(port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers('ADH:@SECLEVEL=0')
    api = connect(port, ssl_wrapper=context.wrap_socket)
    same([row['name'] for row in api.path('system', 'identity')], ['Menara'])


def many(port):
    secrets = connect(port).path('ppp', 'secret')
    same(len(tuple(secrets)), 10000)


scenarios = {each.__name__: each for each in (logins, tables, traps, listening, code_pages, anonymous_tls, many)}
scenarios[sys.argv[1]](*sys.argv[2:])
